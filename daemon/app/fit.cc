#include "daemon/app/fit.h"

#include <cstdio>
#include <map>
#include <sstream>
#include <vector>

#include "daemon/app/fuse.h"
#include "daemon/app/text_files.h"
#include "daemon/config/load.h"
#include "daemon/config/shipped.h"
#include "daemon/fit/association_text.h"
#include "daemon/fit/constants.h"
#include "daemon/fit/estimate.h"
#include "daemon/fit/page.h"
#include "daemon/fuse/event_lines.h"
#include "daemon/fuse/link_lines.h"

namespace fusiond::app {
namespace {

constexpr std::uint64_t kToldRejects = 20;  // on standard error
constexpr double kReaches = 3;              // pairs are looked at this many reaches apart ...
constexpr double kWindows = 2;              // ... and this many windows

Result<std::vector<Event>> read_events(const FitOptions& options, Micros skew,
                                       FitOutcome& outcome) {
  fuse::EventLines lines({std::chrono::hours{1}, skew});
  std::vector<Event> events;
  const auto read =
      each_line(options.events, [&](const std::string& line, std::uint64_t number) -> Result<void> {
        ++outcome.lines;
        const auto said = lines.read(line);
        if (said && said->event) {
          events.push_back(*said->event);
        } else if (said) {
          // A person's word: fit learns from links, which have a file of their own.
        } else if (++outcome.rejected <= kToldRejects) {
          std::fprintf(stderr, "fusiond: %s:%llu: %s\n", options.events.c_str(),
                       static_cast<unsigned long long>(number), said.error().message.c_str());
        }
        return {};
      });
  if (!read) {
    return fail(read.error());
  }
  return events;
}

// Links are few and written for this: a bad line is a fault, not something to pass over.
Result<fit::Links> read_links(const std::string& path) {
  fit::Links links;
  if (path.empty()) {
    return links;
  }
  fuse::LinkLines lines;
  std::map<std::string, std::vector<std::string>> assigned;
  const auto read = each_line(path, [&](const std::string& line, std::uint64_t) -> Result<void> {
    auto link = lines.read(line);
    if (!link) {
      return fail(link.error());
    }
    if (!link->assigns || link->incident.empty()) {
      links.groups.push_back(std::move(link->events));
    } else {
      assigned[link->incident].push_back(link->events.front());
    }
    links.complete = links.complete || link->assigns;
    return {};
  });
  if (!read) {
    return fail(read.error());
  }
  for (auto& [incident, events] : assigned) {
    links.groups.push_back(std::move(events));
  }
  return links;
}

struct Given {
  fit::AssociationFile file;
  fusion::AssociationConfig config;  // with the table of types over it
};

Result<Given> read_given(const FitOptions& options, config::Faults& faults) {
  Given given;
  auto config = association_of(options.association, options.types, faults);
  if (!config) {
    return fail(config.error());
  }
  given.config = std::move(*config);
  auto text = options.association.empty() ? Result<std::string>(config::shipped_association())
                                          : read_whole(options.association);
  if (!text) {
    return fail(text.error());
  }
  given.file = {std::move(*text), config::load_association(options.association, faults)};
  return given;
}

std::string words_of(const fit::History& history, const fit::Estimates& estimates) {
  std::ostringstream out;
  out << history.reports.size() << " reports of " << estimates.from << " to " << estimates.until
      << ", " << fit::number(estimates.same, 0) << " pairs of one incident\n";
  const auto line = [&](const std::string& name, const fit::Quantity& one) {
    if (one.verdict != fit::Verdict::absent) {
      out << "  " << name << ": " << fit::number(one.given, 0) << " -> "
          << fit::number(one.value(), 0) << "  (" << fit::note_of(one) << ")\n";
    }
  };
  for (std::size_t i = 0; i < fit::kSources; ++i) {
    line("delay_mean_s " + fit::name_of_source(i), estimates.delay[i]);
  }
  for (std::size_t i = 0; i < estimates.stand_off.size(); ++i) {
    line("stand_off_m " + fit::name_of_stand_off(history, i), estimates.stand_off[i]);
  }
  std::size_t rows = 0;
  for (const auto& row : estimates.row) {
    rows += row.verdict == fit::Verdict::estimated ? 1 : 0;
  }
  out << "  kinds: " << rows << " of " << estimates.row.size() << " rows estimated\n";
  const auto& held = estimates.held_out;
  if (held.reports > 0) {
    out << "  held-out log likelihood per report: " << fit::number(held.given, 4) << " -> "
        << fit::number(held.fitted, 4) << " (standard error of the difference "
        << fit::number(held.error, 4) << ")\n";
  }
  return out.str();
}

Result<void> write_all(const FitOptions& options, const std::string& text, const fit::History& past,
                       const fit::Estimates& estimates, const fit::Versions& versions) {
  for (const auto& [path, content] :
       {std::pair{&options.out, text},
        std::pair{&options.page, fit::page_of(past, estimates, versions)},
        std::pair{&options.json, fit::summary_of(past, estimates, versions)}}) {
    if (auto good = write_whole(*path, content); !good) {
      return good;
    }
  }
  return {};
}

}  // namespace

Result<FitOutcome> fit(const FitOptions& options, config::Faults& faults) {
  FitOutcome outcome;
  const auto given = read_given(options, faults);
  if (!given) {
    return fail(given.error());
  }
  const auto links = read_links(options.links);
  if (!links) {
    return fail(links.error());
  }
  const auto events = read_events(options, given->config.skew, outcome);
  if (!events) {
    return fail(events.error());
  }
  const fit::History past = fit::read_history(*events, *links, given->config);
  fit::EstimateOptions how;
  how.reach = {kReaches * given->config.reach_m,
               kWindows * static_cast<double>(given->config.window.count()) / 1e6};
  how.shrinkage = {static_cast<double>(options.prior_pairs),
                   static_cast<double>(options.prior_pairs)};
  const fit::Estimates estimates = fit::estimate(past, given->config, how);
  const auto fitted = fit::constants_of(given->config, past, estimates);
  const std::string text = fit::association_text(given->file, past, estimates, fitted);
  outcome.version = fit::version_of(text);
  outcome.words = words_of(past, estimates);
  const fit::Versions versions{given->config.version, outcome.version};
  if (auto good = write_all(options, text, past, estimates, versions); !good) {
    return fail(good.error());
  }
  (void)config::load_association(options.out, faults);
  if (!faults.empty()) {
    return fail(Fault::bad_config, "what was written does not load: " + options.out);
  }
  return outcome;
}

}  // namespace fusiond::app
