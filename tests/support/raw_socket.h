// Plain blocking sockets on loopback for tests that must say exactly what goes over the wire. Every
// wait ends after five seconds.
#pragma once

#include <arpa/inet.h>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "daemon/base/clock.h"

namespace fusiond::test {

class RawSocket {
 public:
  explicit RawSocket(int fd) : fd_(fd) {
    const timeval limit{.tv_sec = 5, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  RawSocket& operator=(RawSocket&&) = delete;
  ~RawSocket() { close(); }

  // `receive_buffer` above 0 makes a reader that is soon full.
  static RawSocket to(std::uint16_t port, int receive_buffer = 0) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer > 0) {
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(fd);
      return RawSocket(-1);
    }
    return RawSocket(fd);
  }

  [[nodiscard]] int fd() const { return fd_; }

  // False once the peer has gone.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Empty at the end, and when nothing came for five seconds.
  std::string read_some() {
    std::string bytes(64 << 10, '\0');
    const ssize_t got = recv(fd_, bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  // Ten seconds at most, also when other things keep coming.
  std::string read_until(std::string_view mark) {
    const SystemClock clock;
    const MonoTime limit = clock.mono() + std::chrono::seconds(10);
    while (pending_.find(mark) == std::string::npos) {
      const std::string more = read_some();
      if (more.empty() || clock.mono() > limit) {
        return std::exchange(pending_, {});
      }
      pending_ += more;
    }
    const std::size_t end = pending_.find(mark) + mark.size();
    std::string text = pending_.substr(0, end);
    pending_.erase(0, end);
    return text;
  }
  std::string read_all() {
    std::string text = std::exchange(pending_, {});
    for (std::string more = read_some(); !more.empty(); more = read_some()) {
      text += more;
    }
    return text;
  }
  void finish_writing() { shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }

 private:
  int fd_;
  std::string pending_;
};

// Accepts one connection on a free port and lets `talk` have it.
class RawServer {
 public:
  explicit RawServer(std::function<void(RawSocket&)> talk)
      : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    listen(listener_.fd(), 4);
    socklen_t size = sizeof address;
    getsockname(listener_.fd(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, talk = std::move(talk)] {
      const int fd = accept(listener_.fd(), nullptr, nullptr);
      if (fd >= 0) {
        RawSocket peer(fd);
        talk(peer);
      }
    });
  }
  ~RawServer() { thread_.join(); }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }

 private:
  RawSocket listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace fusiond::test
