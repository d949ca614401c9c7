// Runs a fuzz target without libFuzzer: over each file of a corpus, and over changed copies of it.
// The changes follow from the file's place in the list, so that a run can be repeated.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kChangedCopies = 500;

void run(const std::string& bytes) {
  const std::vector<std::uint8_t> copy(bytes.begin(),
                                       bytes.end());  // so that a sanitizer sees its end
  LLVMFuzzerTestOneInput(copy.data(), copy.size());
}

std::string changed(std::string bytes, std::mt19937_64& random) {
  const auto place = [&] { return bytes.empty() ? 0 : random() % bytes.size(); };
  for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
    switch (random() % 4) {
      case 0:
        bytes.resize(place());
        break;
      case 1:
        bytes.insert(place(), 1, static_cast<char>(random()));
        break;
      case 2:
        bytes.erase(place(), 1 + random() % 8);
        break;
      default:
        if (!bytes.empty()) {
          bytes[place()] = static_cast<char>(random());
        }
    }
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: fuzz_NAME CORPUS_FOLDER\n", stderr);
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::uint64_t seed = 0;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    run(bytes);
    std::mt19937_64 random(++seed);
    for (int copy = 0; copy < kChangedCopies; ++copy) {
      run(changed(bytes, random));
    }
  }
  std::printf("%zu passed, 0 failed\n", files.size());
  return files.empty() ? 1 : 0;
}
