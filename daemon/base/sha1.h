// SHA-1 of a few bytes, as ids are made of them (RFC 9562): nothing that has to resist anybody.
// Where the processor has instructions for it, they are used; the digest is the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace fusiond {

class Sha1 {
 public:
  enum class Way : std::uint8_t { best, plain };  // plain: as a processor without them does it
  explicit Sha1(Way way = Way::best) : way_(way) {}
  void add(std::string_view bytes);
  // Eight bytes, the top one first.
  void add(std::uint64_t number);
  // The first sixteen bytes of the digest as two such numbers. Requires: called once, last.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> first_sixteen();

 private:
  static constexpr std::size_t kBlock = 64;
  void take_block();

  Way way_;
  std::array<std::uint32_t, 5> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  std::array<unsigned char, kBlock> block_;
  std::size_t filled_ = 0;
  std::uint64_t size_ = 0;  // bytes so far
};

}  // namespace fusiond
