// `fusiond explain` and `fusiond timeline`: finds what an id names among the kept incidents and
// writes down why it is so (daemon/explain has the words).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "daemon/app/history.h"
#include "daemon/base/result.h"
#include "daemon/fusion/association_config.h"

namespace fusiond::app {

struct ExplainOptions {
  // An incident's id (its beginning will do), an event's, or the id that its source gave it.
  std::string what;
  HistorySource source;
  // The constants at hand; used where a record was made under their version.
  fusion::AssociationConfig association;
  bool json = false;
  std::string rule;    // only what this rule says, and why not more
  std::string folder;  // of rules, for one that said nothing; empty: those of the log
};

// The text to print. Errors: those of the source; bad_input when nothing, or more than one thing,
// goes by that id.
Result<std::string> explain(const ExplainOptions& options);
Result<std::string> timeline(const ExplainOptions& options);

// The same of one record (JSON) as JSON, for the console; `other` has the records of other
// incidents. The constants are used if the record was made under their version. Errors: bad_input.
using RecordOf = std::function<std::optional<std::string>(const std::string& incident_id)>;
Result<std::string> explain_record(const std::string& record,
                                   const fusion::AssociationConfig& association,
                                   const RecordOf& other);

}  // namespace fusiond::app
