"""cvc5 as halmos wants a solver: a program that answers one file of SMT-LIB. Runs in `.venv-halmos`.

Amounts are multiplied and divided by 10,000, at which solvers that work bit by bit run out of time. cvc5 translates
words of 256 bits into integers and is done in a moment.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cvc5

OPTIONS = {"produce-models": "true", "solve-bv-as-int": "iand", "iand-mode": "bitwise"}
PRODUCT = "((x (_ BitVec 256)) (y (_ BitVec 256))) (_ BitVec 256) (bvmul x y))"
# The same product. `Math.ceilDiv` multiplies with 0 or 1 to avoid a jump, and an integer product of two unknowns is
# where the solver gives up.
SPELLED_OUT = PRODUCT.replace(
    "(bvmul x y)", "(ite (= x (_ bv0 256)) (_ bv0 256) (ite (= x (_ bv1 256)) y (bvmul x y)))"
)


def answer(question: str) -> None:
    solver = cvc5.Solver(cvc5.TermManager())
    for option, value in OPTIONS.items():
        solver.setOption(option, value)
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, question, "question")
    symbols = parser.getSymbolManager()
    while not (command := parser.nextCommand()).isNull():
        sys.stdout.write(command.invoke(solver, symbols))


answer(Path(sys.argv[1]).read_text().replace(PRODUCT, SPELLED_OUT))
