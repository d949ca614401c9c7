// A key and a certificate signed with it, made on the spot: no private key lies in the repository.
#pragma once

#include <string>

#include "daemon/base/time.h"

namespace fusiond::test {

struct MadeCertificate {
  std::string certificate;  // PEM
  std::string key;          // PEM
};

// Of CN=`name`, good from `from` until `until`.
MadeCertificate make_certificate(const std::string& name, WallTime from, WallTime until);

}  // namespace fusiond::test
