#include "daemon/base/check.h"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "daemon/base/result.h"

using namespace fusiond;

TEST_CASE("a failed check stops the process, a good one does nothing", "[base]") {
  FUSIOND_CHECK(1 + 1 == 2, "arithmetic holds");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    close(STDERR_FILENO);
    FUSIOND_CHECK(1 + 1 == 3, "this must stop the child");
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
}

TEST_CASE("an error says where it was met, from the outside in", "[base]") {
  const Result<int> failed = fail(Fault::unavailable, "refused, got: 111");
  CHECK(failed.error().within("connecting").message == "connecting: refused, got: 111");
  CHECK(name_of(failed.error().fault) == "unavailable");
}
