from openloop.audit.result import Part
def measure(facts, options): return Part()
import numpy as np
def constant_rows(facts, options): return np.zeros(len(facts),dtype=bool)
def rules(facts, options): return []
