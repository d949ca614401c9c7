#!/usr/bin/env python3
"""Writes daemon/fusion/tables.cc: the only place where the engine's logarithms, exponentials and sines come from.

    python3 daemon/fusion/make_tables.py > daemon/fusion/tables.cc

Run once; the result is committed, so that every build of fusiond, on every machine, decides with the same integers.
tests/unit/fusion/log_table_test.cc and earth_grid_test.cc check what the tables are good for against the C library.
"""
from decimal import Decimal, getcontext

getcontext().prec = 60
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494")


def rounded(value):
    return int(value.to_integral_value(rounding="ROUND_HALF_EVEN"))


def sine(x):
    term, total, n = x, x, 1
    while abs(term) > Decimal(10) ** -50:
        term = -term * x * x / ((n + 1) * (n + 2))
        total += term
        n += 2
    return total


def table(name, comment, values):
    lines, line = [], "   "
    for value in values:
        piece = f" {value},"
        if len(line) + len(piece) > 98:
            lines.append(line)
            line = "   "
        line += piece
    lines.append(line)
    body = "\n".join(lines)
    return f"// {comment}\nconst std::array<std::int64_t, {len(values)}> {name} = {{\n{body}\n}};\n"


def main():
    print("// Written by daemon/fusion/make_tables.py; not edited by hand.")
    print('#include "daemon/fusion/tables.h"\n\nnamespace fusiond::fusion {\n\n// clang-format off')
    print(table("kLnTable", "ln(1 + i / 1024) in 1e-9 nats.",
                [rounded((1 + Decimal(i) / 1024).ln() * 10**9) for i in range(1025)]))
    print(table("kExpWhole", "exp(-i) in 2^-40.", [rounded((-Decimal(i)).exp() * 2**40) for i in range(32)]))
    print(table("kExpPart", "exp(-i / 1024) in 2^-31.", [rounded((-Decimal(i) / 1024).exp() * 2**31) for i in range(1024)]))
    print(table("kSine", "sin(i * 90 degrees / 256) in 2^-40.", [rounded(sine(PI * i / 512) * 2**40) for i in range(257)]))
    print("// clang-format on\n\n}  // namespace fusiond::fusion")


if __name__ == "__main__":
    main()
