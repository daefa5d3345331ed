// SPDX-License-Identifier: Apache-2.0
// gRPC's own messages among ours.
#pragma once

namespace nsm::cmd {

// What gRPC has to say of its errors goes to our log, from now on and for the whole process.
void LogWhatGrpcSays();

}  // namespace nsm::cmd
