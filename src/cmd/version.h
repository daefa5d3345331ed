// SPDX-License-Identifier: Apache-2.0
// Which build of this project a program is.
#pragma once

namespace nsm::cmd {

// "0.1.0, commit 0123456789ab", with "-dirty" behind the commit where files of it were changed; "unknown"
// stands for a commit when the sources came without git.
const char* Version();

}  // namespace nsm::cmd
