// SPDX-License-Identifier: Apache-2.0
// TCP connections whose other end has silently gone (a node without power, a path that drops everything) end
// by themselves within kPeerSilence, so that calls over them fail and streams are lost.
//
// The kernel asks an idle peer every second, and gives up what is not acknowledged for kUserTimeout. The
// peer's kernel answers; programs and HTTP/2 see nothing of it. (HTTP/2 pings are no way: servers of grpc-go
// end a connection that pings more often than every five minutes.) The numbers: of data, which is sent again
// after 0.2 s, 0.6 s and 1.4 s, four packets must be lost; of an idle connection's probes, of which TCP
// repeats none, two in a row. With one lost packet in a hundred that is an end without cause once in 40
// minutes, harmless, as streams are opened again. One second less would leave a single probe, and an end
// every minute.
#pragma once

#include "absl/time/time.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/channel_arguments.h"

namespace nsm {

inline constexpr absl::Duration kUserTimeout = absl::Milliseconds(2500);
inline constexpr absl::Duration kPeerSilence = absl::Seconds(3);

// For the connections of a channel.
void AddTcpLiveness(grpc::ChannelArguments& arguments);
// For the connections that a server accepts.
void AddTcpLiveness(grpc::ServerBuilder& builder);

}  // namespace nsm
