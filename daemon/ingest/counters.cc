#include "daemon/ingest/counters.h"

namespace fusiond::ingest {

SourceCounters::SourceCounters(Metrics& metrics, std::string source)
    : metrics_(metrics),
      source_(std::move(source)),
      deliveries_(metrics.counter("fusiond_intake_deliveries_total",
                                  "Bodies and lines that a source delivered",
                                  {{"source", source_}})),
      parts_(metrics.counter("fusiond_intake_parts_total",
                             "What deliveries held: admitted + quarantined + skipped",
                             {{"source", source_}})),
      admitted_(metrics.counter("fusiond_intake_admitted_total",
                                "Events that were put into the spool for the log",
                                {{"source", source_}})) {}

Counter& SourceCounters::named(const std::string& name, const std::string& help,
                               const std::string& label, const std::string& value) {
  auto& counter = named_[{name, value}];
  if (counter == nullptr) {
    counter = &metrics_.counter(name, help, {{"source", source_}, {label, value}});
  }
  return *counter;
}

void SourceCounters::add(const Take& take) {
  deliveries_.add(static_cast<double>(take.deliveries));
  deliveries_count_ += take.deliveries;
  for (const Judged& part : take.parts) {
    parts_.add();
    switch (part.fate) {
      case Judged::Fate::admitted:
        admitted_.add();
        ++admitted_count_;
        for (const auto& flag : part.flags) {
          named("fusiond_intake_flags_total", "Admitted events with a remark, by remark", "flag",
                flag)
              .add();
        }
        break;
      case Judged::Fate::quarantined:
        named("fusiond_intake_quarantined_total",
              "Parts that went to the dead letters instead, by reason", "reason", part.reason)
            .add();
        ++quarantined_count_;
        break;
      case Judged::Fate::skipped:
        named("fusiond_intake_skipped_total", "Parts that are no reports, by reason", "reason",
              part.reason)
            .add();
        ++skipped_count_;
        break;
    }
  }
}

SourceCounts SourceCounters::counts() const {
  SourceCounts counts;
  counts.deliveries = deliveries_count_;
  counts.admitted = admitted_count_;
  counts.quarantined = quarantined_count_;
  counts.skipped = skipped_count_;
  counts.parts = counts.admitted + counts.quarantined + counts.skipped;
  return counts;
}

}  // namespace fusiond::ingest
