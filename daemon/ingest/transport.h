// How deliveries reach a source. One object per source, with a thread of its own.
#pragma once

#include <string>

namespace fusiond::ingest {

class Transport {
 public:
  virtual ~Transport() = default;
  virtual void start() = 0;
  virtual void stop() = 0;  // safe twice and without start
};

// A file's name for a source's name: letters, digits and . _ - are kept; a hash tells apart what
// would become equal.
std::string file_stem_of(const std::string& source_name);

}  // namespace fusiond::ingest
