// SPDX-License-Identifier: Apache-2.0
// Settings below /proc/sys/net: those of the calling thread's namespace.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"

namespace nsm::netlink {

// Without the end of its line, and with one space between several numbers; none if it cannot be read.
std::optional<std::string> ReadSysctl(const std::string& name);

// Sets /proc/sys/<name> unless it has that value. A name that does not exist (IPv6 is not built in, there is
// no /proc/sys) is fine. Values with several numbers are compared with one space in between.
absl::Status EnsureSysctl(const std::string& name, const std::string& value);

// Makes settings writable for this process where a container runtime has mounted /proc/sys read-only, as it
// does for what is not privileged; needs CAP_SYS_ADMIN.
absl::Status EnsureSysctlsWritable();

}  // namespace nsm::netlink
