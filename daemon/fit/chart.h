// Small drawings as SVG text: no script, no font, no colour that print would lose.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace fusiond::fit {

struct Curve {
  std::vector<double> values;  // one per bin, at its middle
  bool dashed = false;
};

// Bars with whiskers (one standard error), curves over them, all from one zero line.
struct BarChart {
  std::string title;  // for those who do not see it
  double step = 1;    // of a bin, in the unit of the axis
  std::string axis;   // "distance / sigma"
  std::vector<double> bars;
  std::vector<double> errors;
  std::vector<Curve> curves;
};
[[nodiscard]] std::string svg_of(const BarChart& chart);

// Points joined by a line, from the left to the right edge.
struct LineChart {
  std::string title;
  std::string axis;
  std::vector<double> values;
};
[[nodiscard]] std::string svg_of(const LineChart& chart);

// What was said (across) against what was so (up), both 0 to 1, with the diagonal.
struct ReliabilityChart {
  struct Point {
    double said = 0, was = 0, error = 0;
  };
  std::string title;
  std::string axis;  // what was said, by whom
  std::vector<Point> given, fitted;
};
[[nodiscard]] std::string svg_of(const ReliabilityChart& chart);

// & < > " as entities.
[[nodiscard]] std::string escaped(const std::string& text);

}  // namespace fusiond::fit
