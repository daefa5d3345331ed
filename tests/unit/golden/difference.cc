// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/golden/difference.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace nsm::golden {
namespace {

struct Reason {
  const char* why;
  std::vector<Difference> rows;
};

std::vector<Reason> MakeTable() {
  return {
      {"A registration ends when it says so. Upstream's ends it earlier by as long as its caller "
       "would have waited for the answer, here at once.",
       {{"registry_client/registry", {45, 111, 113, 122}, "message", "-nse-1", ""},
        {"registry_client/registry",
         {53, 55, 60, 62, 64, 71, 81, 112, 120, 126, 127},
         "message",
         "",
         "nse-1"},
        {"registry_client/registry", {131}, "message", "", "-nse-1"}}},
      {"What cannot be kept is refused, so that its owner hears of it: a service without a name, "
       "a path that cannot be read.",
       {{"registry_client/registry", {39, 91}, "code", "OK", "INVALID_ARGUMENT"},
        {"registry_client/registry", {40}, "message", "\"\"", ""},
        {"registry_client/registry", {92}, "message", "raw-path", ""}}},
      {"An expiry that is just over is that of a clock behind ours: the endpoint lives as long as the token.",
       {{"registry_client/registry", {98}, "/response/expiration_time", "in -2 s", "in 6 s"},
        {"registry_client/registry", {99}, "message", "raw-past", ""},
        {"registry_client/registry", {100}, "message", "-raw-past", ""},
        {"registry_client/registry", {103}, "message", "", "raw-past"},
        {"registry_client/registry", {119}, "message", "", "-raw-past"}}},
      {"Codes say what is wrong where upstream's say UNKNOWN, or CANCELLED where nobody has "
       "cancelled: whoever calls can tell what may help.",
       {{"registry_client/registry", {90, 93}, "code", "Unknown", "INVALID_ARGUMENT"},
        {"remote/forwarder2", {124}, "code", "Canceled", "UNAVAILABLE"},
        {"remote/forwarder2", {135, 142}, "code", "Unknown", "UNAVAILABLE"},
        {"errors/nsmgr", {5, 6}, "code", "Unknown", "NOT_FOUND"},
        {"errors/nsmgr", {27, 28}, "code", "Unknown", "UNAVAILABLE"},
        {"errors/forwarder", {45, 47}, "code", "Unknown", "NOT_FOUND"}}},
      {"A forwarder is known to its NSMgr alone, which so needs no registry to choose one: the "
       "domain's registry adds nothing to its registration.",
       {{"local/nsmgr", {2}, "message", "sent", ""},
        {"local/nsmgr", {1}, "/response/initial_registration_time", "in 0 s", ""},
        {"local/nsmgr", {1}, "/response/path_ids/2", "registry", ""},
        {"local/nsmgr", {1}, "/response_path/PathSegments/2/token", "token of registry", ""},
        {"local/nsmgr", {6}, "/response/network_service_endpoint/initial_registration_time", "in 0 s", ""},
        {"local/nsmgr", {6}, "/response/network_service_endpoint/path_ids/2", "registry", ""},
        {"remote/nsmgr1", {2}, "message", "sent", ""},
        {"remote/nsmgr1", {1}, "/response/initial_registration_time", "in 0 s", ""},
        {"remote/nsmgr1", {1}, "/response/path_ids/2", "registry", ""},
        {"remote/nsmgr1", {1}, "/response_path/PathSegments/2/token", "token of registry", ""},
        {"remote/nsmgr1", {6}, "/response/network_service_endpoint/initial_registration_time", "in 0 s", ""},
        {"remote/nsmgr1", {6}, "/response/network_service_endpoint/path_ids/2", "registry", ""},
        {"remote/nsmgr2", {8}, "message", "sent", ""},
        {"remote/nsmgr2", {7}, "/response/initial_registration_time", "in 0 s", ""},
        {"remote/nsmgr2", {7}, "/response/path_ids/2", "registry", ""},
        {"remote/nsmgr2", {7}, "/response_path/PathSegments/2/token", "token of registry", ""},
        {"remote/nsmgr2", {12}, "/response/network_service_endpoint/initial_registration_time", "in 0 s", ""},
        {"remote/nsmgr2", {12}, "/response/network_service_endpoint/path_ids/2", "registry", ""},
        {"interdomain/nsmgr-west", {4}, "message", "sent", ""},
        {"interdomain/nsmgr-west", {1}, "/response/initial_registration_time", "in 0 s", ""},
        {"interdomain/nsmgr-west", {1}, "/response/path_ids/2", "registry-west", ""},
        {"interdomain/nsmgr-west", {1}, "/response_path/PathSegments/2/token", "token of registry-west", ""},
        {"interdomain/nsmgr-west",
         {12},
         "/response/network_service_endpoint/initial_registration_time",
         "in 0 s",
         ""},
        {"interdomain/nsmgr-west",
         {12},
         "/response/network_service_endpoint/path_ids/2",
         "registry-west",
         ""},
        {"interdomain/nsmgr-east", {3}, "message", "sent", ""},
        {"interdomain/nsmgr-east", {2}, "/response/initial_registration_time", "in 0 s", ""},
        {"interdomain/nsmgr-east", {2}, "/response/path_ids/2", "registry-east", ""},
        {"interdomain/nsmgr-east", {2}, "/response_path/PathSegments/2/token", "token of registry-east", ""},
        {"interdomain/nsmgr-east",
         {11},
         "/response/network_service_endpoint/initial_registration_time",
         "in 0 s",
         ""},
        {"interdomain/nsmgr-east",
         {11},
         "/response/network_service_endpoint/path_ids/2",
         "registry-east",
         ""},
        {"errors/nsmgr", {31}, "message", "sent", ""},
        {"errors/nsmgr", {30}, "/response/initial_registration_time", "in 0 s", ""},
        {"errors/nsmgr", {30}, "/response/path_ids/2", "registry", ""},
        {"errors/nsmgr", {30}, "/response_path/PathSegments/2/token", "token of registry", ""},
        {"errors/nsmgr", {35}, "/response/network_service_endpoint/initial_registration_time", "in 0 s", ""},
        {"errors/nsmgr", {35}, "/response/network_service_endpoint/path_ids/2", "registry", ""}}},
      {"The recorded forwarder has no interfaces towards the next hop, which it would name "
       "there.",
       {{"local/forwarder",
         {22, 60},
         "/response/path/path_segments/2/metrics/client_interface",
         "",
         "KERNEL/icmp-respo-0001"},
        {"local/forwarder",
         {52, 68},
         "/response/connections/0/path/path_segments/2/metrics/client_interface",
         "",
         "KERNEL/icmp-respo-0001"},
        {"local/forwarder",
         {76},
         "/request/path/path_segments/2/metrics/client_interface",
         "",
         "KERNEL/icmp-respo-0001"},
        {"remote/forwarder1",
         {31, 82, 154},
         "/response/path/path_segments/2/metrics/client_interface",
         "",
         "VXLAN/"},
        {"remote/forwarder1",
         {72, 103, 115, 195},
         "/response/connections/0/path/path_segments/2/metrics/client_interface",
         "",
         "VXLAN/"},
        {"remote/forwarder1",
         {123, 205},
         "/request/path/path_segments/2/metrics/client_interface",
         "",
         "VXLAN/"},
        {"remote/forwarder2",
         {33, 84},
         "/response/path/path_segments/4/metrics/client_interface",
         "",
         "KERNEL/icmp-respo-0001"},
        {"remote/forwarder2",
         {67, 109, 113},
         "/response/connections/0/path/path_segments/4/metrics/client_interface",
         "",
         "KERNEL/icmp-respo-0001"},
        {"remote/forwarder2",
         {156},
         "/response/path/path_segments/4/metrics/client_interface",
         "",
         "KERNEL/icmp-respo-0002"},
        {"remote/forwarder2",
         {187},
         "/response/connections/0/path/path_segments/4/metrics/client_interface",
         "",
         "KERNEL/icmp-respo-0002"},
        {"remote/forwarder2",
         {207},
         "/request/path/path_segments/4/metrics/client_interface",
         "",
         "KERNEL/icmp-respo-0002"},
        {"interdomain/forwarder-west",
         {28, 126},
         "/response/path/path_segments/2/metrics/client_interface",
         "",
         "VXLAN/"},
        {"interdomain/forwarder-west",
         {116},
         "/response/connections/0/path/path_segments/2/metrics/client_interface",
         "",
         "VXLAN/"},
        {"interdomain/forwarder-west",
         {159},
         "/request/path/path_segments/2/metrics/client_interface",
         "",
         "VXLAN/"},
        {"interdomain/forwarder-east",
         {32, 130},
         "/response/path/path_segments/6/metrics/client_interface",
         "",
         "KERNEL/icmp-respo-0001"},
        {"interdomain/forwarder-east",
         {109},
         "/response/connections/0/path/path_segments/6/metrics/client_interface",
         "",
         "KERNEL/icmp-respo-0001"},
        {"interdomain/forwarder-east",
         {163},
         "/request/path/path_segments/6/metrics/client_interface",
         "",
         "KERNEL/icmp-respo-0001"}}},
      {"The recorded forwarder has no tunnels; ours knows what fits into one.",
       {{"remote/forwarder1", {31, 82, 154}, "/response/context/MTU", "", "1450"},
        {"remote/forwarder1", {72, 103, 115, 195}, "/response/connections/0/context/MTU", "", "1450"},
        {"remote/forwarder1", {123, 205}, "/request/context/MTU", "", "1450"},
        {"remote/forwarder2", {33, 84, 156}, "/response/context/MTU", "", "1450"},
        {"remote/forwarder2", {33, 84, 156}, "/response/mechanism/parameters/MTU", "", "1450"},
        {"remote/forwarder2", {67, 109, 113, 187}, "/response/connections/0/context/MTU", "", "1450"},
        {"remote/forwarder2",
         {67, 109, 113, 187},
         "/response/connections/0/mechanism/parameters/MTU",
         "",
         "1450"},
        {"remote/forwarder2", {207}, "/request/context/MTU", "", "1450"},
        {"interdomain/forwarder-west", {28, 126}, "/response/context/MTU", "", "1450"},
        {"interdomain/forwarder-west", {116}, "/response/connections/0/context/MTU", "", "1450"},
        {"interdomain/forwarder-west", {159}, "/request/context/MTU", "", "1450"},
        {"interdomain/forwarder-east", {32, 130}, "/response/context/MTU", "", "1450"},
        {"interdomain/forwarder-east", {32, 130}, "/response/mechanism/parameters/MTU", "", "1450"},
        {"interdomain/forwarder-east", {109}, "/response/connections/0/context/MTU", "", "1450"},
        {"interdomain/forwarder-east", {109}, "/response/connections/0/mechanism/parameters/MTU", "", "1450"},
        {"interdomain/forwarder-east", {163}, "/request/context/MTU", "", "1450"}}},
      {"A connection that has found another endpoint is up. Upstream's monitor goes on to tell "
       "the state of the Request.",
       {{"remote/nsmgr1", {197}, "message", "INITIAL RESELECT_REQUESTED nse-b", "INITIAL UP nse-b"},
        {"remote/nsmgr1", {197}, "/response/connections/0/state", "RESELECT_REQUESTED", ""},
        {"remote/forwarder2", {192}, "message", "UPDATE RESELECT_REQUESTED nse-b", ""}}},
      {"A parameter that is empty says nothing and is left out.",
       {{"interdomain/nsmgr-east",
         {32, 130},
         "/request/mechanism_preferences/0/parameters/dst_ip",
         "\"\"",
         ""},
        {"interdomain/nsmgr-east",
         {32, 130},
         "/request/mechanism_preferences/0/parameters/orig_dst_ip",
         "\"\"",
         ""},
        {"interdomain/nsmgr-east", {130}, "/request/connection/mechanism/parameters/dst_ip", "\"\"", ""},
        {"interdomain/nsmgr-east", {130}, "/request/connection/mechanism/parameters/orig_dst_ip", "\"\"", ""},
        {"interdomain/nsmgr-east", {162}, "/request/mechanism/parameters/orig_dst_ip", "\"\"", ""},
        {"interdomain/forwarder-west",
         {127},
         "/request/connection/mechanism/parameters/orig_src_ip",
         "\"\"",
         ""},
        {"interdomain/forwarder-west", {159}, "/request/mechanism/parameters/orig_src_ip", "\"\"", ""},
        {"interdomain/nsmgrproxy-west", {29, 127}, "/response/mechanism/parameters/orig_src_ip", "\"\"", ""},
        {"interdomain/nsmgrproxy-west",
         {112},
         "/response/connections/0/mechanism/parameters/orig_src_ip",
         "\"\"",
         ""},
        {"interdomain/nsmgrproxy-east",
         {31, 129},
         "/request/mechanism_preferences/0/parameters/dst_ip",
         "\"\"",
         ""},
        {"interdomain/nsmgrproxy-east",
         {31, 129},
         "/request/mechanism_preferences/0/parameters/orig_dst_ip",
         "\"\"",
         ""},
        {"interdomain/nsmgrproxy-east", {129}, "/request/connection/mechanism/parameters/dst_ip", "\"\"", ""},
        {"interdomain/nsmgrproxy-east",
         {129},
         "/request/connection/mechanism/parameters/orig_dst_ip",
         "\"\"",
         ""}}},
      {"Our NSMgr answers other domains with the tunnel's external address itself, since no "
       "proxy need be on the way. Upstream's leaves that to its proxy, which takes both.",
       {{"interdomain/nsmgr-east",
         {31, 129},
         "/response/mechanism/parameters/dst_ip",
         "10.2.0.2",
         "203.0.113.12"},
        {"interdomain/nsmgr-east",
         {31, 129},
         "/response/mechanism/parameters/orig_dst_ip",
         "\"\"",
         "10.2.0.2"},
        {"interdomain/nsmgr-east",
         {105},
         "/response/connections/0/mechanism/parameters/dst_ip",
         "10.2.0.2",
         "203.0.113.12"},
        {"interdomain/nsmgr-east",
         {105},
         "/response/connections/0/mechanism/parameters/orig_dst_ip",
         "\"\"",
         "10.2.0.2"}}},
      {"Our forwarder speaks of the tunnel as the dataplane has it, also after a restart. "
       "Addresses before translation are the proxies' business.",
       {{"interdomain/forwarder-west",
         {127},
         "/request/connection/mechanism/parameters/orig_dst_ip",
         "10.2.0.2",
         ""},
        {"interdomain/forwarder-west", {159}, "/request/mechanism/parameters/orig_dst_ip", "10.2.0.2", ""}}},
      {"Our proxies translate a Close as they do a Request; upstream's pass it as it comes.",
       {{"interdomain/nsmgrproxy-west",
         {160},
         "/request/mechanism/parameters/orig_src_ip",
         "\"\"",
         "10.0.0.1"},
        {"interdomain/nsmgrproxy-west",
         {160},
         "/request/mechanism/parameters/src_ip",
         "10.0.0.1",
         "198.51.100.11"},
        {"interdomain/nsmgrproxy-east",
         {161},
         "/request/mechanism/parameters/dst_ip",
         "203.0.113.12",
         "10.2.0.2"},
        {"interdomain/nsmgrproxy-east", {161}, "/request/mechanism/parameters/orig_dst_ip", "10.2.0.2", ""}}},
      {"Nobody registers in another domain than its own.",
       {{"interdomain/nsmgrproxy-west", {180, 195, 202}, "message", "sent", ""},
        {"interdomain/nsmgrproxy-west", {178, 187, 200}, "code", "OK", "FAILED_PRECONDITION"}}},
  };
}

}  // namespace

std::vector<Difference> AllDifferences() {
  std::vector<Difference> all;
  for (const Reason& reason : MakeTable()) all.insert(all.end(), reason.rows.begin(), reason.rows.end());
  return all;
}

Differences::Differences(const std::string& scene) {
  for (const Difference& row : AllDifferences()) {
    if (row.scene == scene) rows_.push_back(row);
  }
}

bool Differences::Explain(int record, const std::string& place, const std::string& upstream,
                          const std::string& ours) {
  for (size_t i = 0; i < rows_.size(); ++i) {
    const Difference& row = rows_[i];
    const bool fits = std::find(row.records.begin(), row.records.end(), record) != row.records.end() &&
                      row.place == place && row.upstream == upstream && row.ours == ours;
    if (fits && used_.insert({i, record}).second) return true;
  }
  return false;
}

size_t Differences::OnlyOurs(int record) const {
  size_t count = 0;
  for (size_t i = 0; i < rows_.size(); ++i) {
    const Difference& row = rows_[i];
    const bool is_of_record = std::find(row.records.begin(), row.records.end(), record) != row.records.end();
    if (is_of_record && row.place == "message" && row.upstream.empty() && !used_.contains({i, record}))
      ++count;
  }
  return count;
}

std::vector<std::string> Differences::Unused() const {
  std::vector<std::string> unused;
  for (size_t i = 0; i < rows_.size(); ++i) {
    for (int record : rows_[i].records) {
      if (used_.contains({i, record})) continue;
      unused.push_back(absl::StrCat("record ", record, ", ", rows_[i].place, ": \"", rows_[i].upstream,
                                    "\", \"", rows_[i].ours, "\""));
    }
  }
  return unused;
}

}  // namespace nsm::golden
