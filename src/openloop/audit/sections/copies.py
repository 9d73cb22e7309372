from dataclasses import dataclass
import numpy as np
from openloop.audit.result import Part
@dataclass
class Copied:
    part: object
    unfit: object
def measure(facts, options, source, roles, eval_set, real): return Copied(Part(), np.zeros(len(facts),dtype=bool))
