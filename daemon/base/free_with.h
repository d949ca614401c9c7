// A deleter for the handles of C libraries: std::unique_ptr<BIO, FreeWith<BIO_free_all>>.
#pragma once

namespace fusiond {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};

}  // namespace fusiond
