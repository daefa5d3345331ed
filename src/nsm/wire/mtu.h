// SPDX-License-Identifier: Apache-2.0
// MTUs as NSM v1 tells them: in a mechanism's parameter and in a connection's context, where 0 says nothing.
#pragma once

#include <cstdint>

#include "src/nsm/wire/wire.h"

namespace nsm {

// The smaller of two MTUs of which 0 says nothing: each hop may lower what the hop behind it answered.
uint32_t SmallerMtu(uint32_t a, uint32_t b);
// Parameter MTU; 0 if there is none.
uint32_t MtuOf(const Mechanism& mechanism);

}  // namespace nsm
