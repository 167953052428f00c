#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/account.h"
#include "oauth/settings.h"

namespace kamili::oauth {

// The smallest set of scopes that does the job (docs/providers.md). Microsoft's calendar scopes
// carry the Graph host of the configured cloud unless it is the global one.
std::vector<std::string> ScopesFor(model::Provider provider, model::Access access,
                                   const ProviderSettings& settings);

struct ScopeCheck {
    std::vector<std::string> missing;  // needed and not granted: the sign-in fails
    std::vector<std::string> surplus;  // granted and not asked for, identity scopes left out
};
// Compares as sets of whole strings; Microsoft's without case and resource prefix, and without
// offline_access, which its answers leave out.
ScopeCheck CompareScopes(model::Provider provider, const std::vector<std::string>& requested,
                         const std::vector<std::string>& granted);
// Scopes that a provider sent, as they may stand in a message: the first five, of plain characters.
std::string ScopesInWords(const std::vector<std::string>& scopes);

// Where the user takes an application's rights back. `authority` is the account's pinned one:
// Microsoft has one page for personal accounts and one for all others.
std::string RevokePage(model::Provider provider, const std::string& authority);

}  // namespace kamili::oauth
