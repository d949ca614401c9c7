// What people need to know of a certificate: whose it is and until when it is good. OpenSSL stays
// inside certificate.cc.
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/base/time.h"

namespace fusiond {

struct Certificate {
  std::string subject;  // "CN=intake"
  WallTime not_before{};
  WallTime not_after{};
};

// The first certificate of a PEM text. Errors: bad_config when there is none.
Result<Certificate> read_certificate(std::string_view pem);

}  // namespace fusiond
