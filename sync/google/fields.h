#pragma once

namespace kamili::sync::google {

// What is asked for of each resource: only what is kept. A name that the service does not know
// fails the request, and a mask without the tokens breaks the sync without a word.
inline constexpr const char* kEventFields =
    "id,iCalUID,etag,status,htmlLink,created,updated,summary,description,location,colorId,"
    "organizer(email,displayName,self),start,end,endTimeUnspecified,recurrence,recurringEventId,"
    "originalStartTime,transparency,visibility,sequence,"
    "attendees(email,displayName,responseStatus,optional,resource,self),attendeesOmitted,"
    "hangoutLink,conferenceData(entryPoints(entryPointType,uri)),eventType";
// Under freebusy access no word of an event crosses the wire.
inline constexpr const char* kTimesFields =
    "id,iCalUID,etag,status,created,updated,start,end,endTimeUnspecified,recurrence,"
    "recurringEventId,originalStartTime,transparency,visibility,sequence,"
    "attendees(responseStatus,self),eventType";
inline constexpr const char* kCalendarFields =
    "id,summary,summaryOverride,backgroundColor,timeZone,accessRole,primary,hidden,deleted";

}  // namespace kamili::sync::google
