// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/dump_commands.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "src/cmd/peer.h"
#include "src/nsm/rpc/read_dump.h"

namespace nsm::cmd {
namespace {

// A program on a busy host may take a while for tens of thousands of rows.
constexpr absl::Duration kLongestDump = absl::Minutes(2);

absl::Status Read(Identity& own, const std::string& address, const std::vector<std::string>& sections,
                  const std::function<void(const std::string&, nlohmann::json)>& tell) {
  Peer peer(own);
  RETURN_IF_ERROR(peer.Dial(address));
  ChannelPool::Call call(peer.channels, peer.clock.Now() + kLongestDump);
  return ReadDump(peer.channel, call.context(), sections, tell);
}

// Indented by `depth` steps, but for its first line.
std::string Indented(const nlohmann::json& value, int depth) {
  const std::string text = value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
  // Line ends within strings are escaped.
  return absl::StrReplaceAll(text, {{"\n", "\n" + std::string(2 * depth, ' ')}});
}

// What other programs have said may hold anything, and goes to a terminal.
std::string Text(const nlohmann::json& row, const char* member) {
  std::string text = row.value(member, "");
  std::replace_if(
      text.begin(), text.end(), [](char c) { return absl::ascii_iscntrl(c); }, ' ');
  return text;
}

std::string PathOf(const nlohmann::json& connection) {
  std::vector<std::string> names;
  for (const auto& segment : connection.value("path", nlohmann::json::array())) {
    names.push_back(Text(segment, "name"));
  }
  return absl::StrJoin(names, " > ");
}

// The client names its connection, and that name is the id of the path's first segment.
std::string ClientOf(const nlohmann::json& connection) {
  const nlohmann::json path = connection.value("path", nlohmann::json::array());
  return path.empty() ? "" : Text(path.front(), "id");
}

std::string AgeOf(const nlohmann::json& connection) {
  return connection.contains("age") ? absl::FormatDuration(absl::Seconds(connection.value("age", 0))) : "-";
}

std::string MechanismOf(const nlohmann::json& connection) {
  const nlohmann::json& mechanism = connection.at("mechanism");
  const nlohmann::json& parameters = mechanism.at("parameters");
  std::string text = Text(mechanism, "type");
  if (parameters.contains("name")) absl::StrAppend(&text, "/", Text(parameters, "name"));
  if (parameters.contains("src_ip")) {
    absl::StrAppend(&text, "/", Text(parameters, "src_ip"), ">", Text(parameters, "dst_ip"));
  }
  if (parameters.contains("vni")) absl::StrAppend(&text, "/", Text(parameters, "vni"));
  return text;
}

std::string NumberOf(const nlohmann::json& row, const char* member) {
  return absl::StrCat(row.value(member, uint64_t{0}));
}

// How many of the packets took the fast path.
std::string ShareOf(const nlohmann::json& traffic, const char* fast, const char* packets) {
  const uint64_t all = traffic.value(packets, uint64_t{0});
  return all == 0 ? "-" : absl::StrCat(traffic.value(fast, uint64_t{0}) * 100 / all, "%");
}

bool IsTunnel(const nlohmann::json& leg) { return Text(leg, "kind") == "tunnel"; }

nlohmann::json TrafficOf(const nlohmann::json& leg) { return leg.value("traffic", nlohmann::json::object()); }

// Where a connection leads whose other leg this is.
std::string LeadsTo(const nlohmann::json& leg) {
  if (!IsTunnel(leg)) return absl::StrCat(Text(leg, "name"), " on this node");
  return absl::StrCat(Text(leg, "remote"), " VNI ", leg.value("vni", 0u));
}

void PrintCrossConnects(const nlohmann::json& cross_connects, std::ostream& out) {
  auto row = [&out](const auto&... cells) {
    out << absl::StrFormat("%-15s %-32s %12s %5s %12s %5s  %s\n", cells...);
  };
  row("INTERFACE", "TO", "SENT", "FAST", "RECEIVED", "FAST", "CONNECTION");
  for (const nlohmann::json& connection : cross_connects) {
    for (const auto& [own, other] : {std::pair("client", "endpoint"), {"endpoint", "client"}}) {
      const nlohmann::json leg = connection.value(own, nlohmann::json::object());
      const nlohmann::json peer = connection.value(other, nlohmann::json::object());
      if (IsTunnel(leg)) continue;
      const nlohmann::json traffic = TrafficOf(leg);
      const std::string id = Text(connection, "id");
      const std::string sent = NumberOf(traffic, "packets_sent");
      if (IsTunnel(peer)) {
        row(Text(leg, "name"), LeadsTo(peer), sent, ShareOf(traffic, "fast_sent", "packets_sent"),
            NumberOf(traffic, "packets_received"), ShareOf(traffic, "fast_received", "packets_received"), id);
      } else {
        // Only what comes out of tunnels is counted at the end that it is for.
        row(Text(leg, "name"), LeadsTo(peer), sent, "-", NumberOf(TrafficOf(peer), "packets_sent"), "-", id);
      }
    }
  }
}

}  // namespace

void ObjectPrinter::Add(const std::string& member, const nlohmann::json& value) {
  if (!has_members_ || member != member_) {
    EndMember();
    out_ << (has_members_ ? ",\n" : "{\n") << "  " << nlohmann::json(member).dump() << ": ";
    has_members_ = true;
    member_ = member;
    is_list_ = value.is_array();
    has_elements_ = false;
    out_ << (is_list_ ? "[" : Indented(value, 1));
  }
  if (!is_list_) return;
  for (const nlohmann::json& element : value) {
    out_ << (std::exchange(has_elements_, true) ? ",\n    " : "\n    ") << Indented(element, 2);
  }
}

void ObjectPrinter::EndMember() {
  if (std::exchange(is_list_, false)) out_ << (has_elements_ ? "\n  ]" : "]");
}

void ObjectPrinter::End() {
  EndMember();
  out_ << (has_members_ ? "\n}\n" : "{}\n");
}

absl::Status PrintDump(Identity& own, const std::string& address, std::ostream& out) {
  ObjectPrinter printer(out);
  RETURN_IF_ERROR(Read(own, address, {}, [&printer](const std::string& section, const nlohmann::json& value) {
    printer.Add(section, value);
  }));
  printer.End();
  return absl::OkStatus();
}

absl::Status PrintConnections(Identity& own, const std::string& address, std::ostream& out) {
  auto row = [&out](const auto&... cells) {
    out << absl::StrFormat("%-12s %-28s %-20s %-34s %-8s %-8s %s\n", cells...);
  };
  row("CLIENT", "SERVICE", "ENDPOINT", "MECHANISM", "STATE", "AGE", "PATH");
  return Read(own, address, {"connections"}, [&row](const std::string&, const nlohmann::json& connections) {
    for (const nlohmann::json& connection : connections) {
      row(ClientOf(connection), Text(connection, "service"), Text(connection, "endpoint"),
          MechanismOf(connection), Text(connection, "state"), AgeOf(connection), PathOf(connection));
    }
  });
}

absl::Status PrintTraffic(Identity& own, const std::string& address, std::ostream& out) {
  nlohmann::json dataplane;
  RETURN_IF_ERROR(Read(own, address, {"dataplane"}, [&dataplane](const std::string&, nlohmann::json section) {
    dataplane = std::move(section);
  }));
  PrintCrossConnects(dataplane.value("cross_connects", nlohmann::json::array()), out);
  out << "\nfast path: " << Text(dataplane, "fast_path") << "\n";
  const nlohmann::json counters = dataplane.value("counters", nlohmann::json::object());
  for (const auto& [name, packets] : counters.items()) {
    out << absl::StrFormat("%-32s %12d\n", name, packets.get<uint64_t>());
  }
  return absl::OkStatus();
}

absl::Status PrintFailures(Identity& own, const std::string& address, std::ostream& out) {
  auto row = [&out](const auto&... cells) {
    out << absl::StrFormat("%-20s %-28s %-28s %-24s %s\n", cells...);
  };
  row("TIME", "HOP", "CONNECTION", "SERVICE", "REASON");
  return Read(own, address, {"failures"}, [&row](const std::string&, const nlohmann::json& failures) {
    for (const nlohmann::json& failure : failures) {
      row(Text(failure, "time"), Text(failure, "hop"), Text(failure, "id"), Text(failure, "service"),
          absl::StrCat(Text(failure, "code"), ": ", Text(failure, "reason")));
    }
  });
}

}  // namespace nsm::cmd
