#pragma once

#include "base/result.h"
#include "oauth/settings.h"
#include "sync/sign_in.h"

namespace kamili::sync {

enum class SignInWay { kBrowser, kDeviceCode };

// May this sign-in begin? The errors are those of SignInService::Begin and BeginDevice.
Status CheckSignIn(const SignInRequest& request, SignInWay way,
                   const oauth::ProviderSettings& settings);

}  // namespace kamili::sync
