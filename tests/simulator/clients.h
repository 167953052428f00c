#pragma once

namespace kamili::simulator {

// The client registrations that the simulated services know.
inline constexpr char kGoogleClientId[] = "kamili-sim.apps.googleusercontent.example";
inline constexpr char kGoogleClientSecret[] = "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p";
inline constexpr char kMicrosoftClientId[] = "5b1f6f0d-2a10-4a3e-9c0f-2f1c9a447d5b";

}  // namespace kamili::simulator
