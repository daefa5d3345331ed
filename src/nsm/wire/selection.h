// SPDX-License-Identifier: Apache-2.0
// Which endpoints and which forwarders fit a client, by the matches of its network service
// (NSM v1: matchutils, discoverforwarder).
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/map.h"
#include "src/nsm/wire/wire.h"

namespace nsm {

using LabelMap = google::protobuf::Map<std::string, std::string>;

// Replaces {{.key}} and {{index . "key"}} by the client's labels; text that is no such template stays as it
// is.
std::string ExpandTemplate(const std::string& text, const LabelMap& client_labels);

// Whether `labels` have every entry of `selector`; its values may be templates over the client's labels. A
// missing label is the empty one.
bool Fits(const LabelMap& selector, const LabelMap& labels, const LabelMap& client_labels);

// Whether a match of the service is for a client with these labels, or it has no matches.
bool IsForClient(const NetworkService& service, const LabelMap& client_labels);

// The first match whose source selector fits the client decides; a match that finds none and says
// fallthrough gives way to the next. A service without matches takes every endpoint; one whose matches all
// do not apply takes none.
std::vector<NetworkServiceEndpoint> SelectEndpoints(const NetworkService& service,
                                                    const LabelMap& client_labels,
                                                    const std::vector<NetworkServiceEndpoint>& endpoints);

// As above with the labels that the match's metadata asks of a forwarder; without metadata it is p2p=true.
std::vector<NetworkServiceEndpoint> SelectForwarders(const NetworkService& service,
                                                     const LabelMap& client_labels,
                                                     const std::vector<NetworkServiceEndpoint>& forwarders);

}  // namespace nsm
