#pragma once

#include "storage/store.h"

namespace kamili::storage {

// Lets the writing connection forget the pages that it keeps, and the process what it has read of
// the mapped file. For when nothing is written for a while.
Status ForgetPages(Txn& txn);

}  // namespace kamili::storage
