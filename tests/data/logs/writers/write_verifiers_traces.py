"""Run by verifiers 0.2 or newer: traces.jsonl, from episodes that its own function appends."""

import sys
from pathlib import Path

from verifiers.v1.configs.agent import AgentConfig
from verifiers.v1.episode import EnvInfo, Episode
from verifiers.v1.graph import MessageNode
from verifiers.v1.task import WireTaskData
from verifiers.v1.trace import AgentInfo, ModelCall, Reward, Trace, TraceTask
from verifiers.v1.types import AssistantMessage, UserMessage
from verifiers.v1.utils.trace_store import write_episode

for i in range(6):
    good = i % 2 == 0
    asked = f"What is {i} + {i}?"
    task = TraceTask(type="Sum", data=WireTaskData(idx=i, prompt=asked, answer=str(2 * i)))
    nodes = [
        MessageNode(message=UserMessage(content=asked)),
        MessageNode(parent=0, message=AssistantMessage(content=str(2 * i if good else 99)), sampled=True),
    ]
    trace = Trace(
        task=task,
        agent=AgentInfo(config=AgentConfig(model="tiny")),
        nodes=nodes,
        calls=[ModelCall(node=1, model="tiny")],
        rewards={"right": Reward(score=float(good)), "short": Reward(score=1.0, weight=0.5)},
        is_completed=True,
        ok=True,
    )
    write_episode(Path(sys.argv[1]), Episode(env=EnvInfo(id="sums"), task=task, traces=[trace], ok=True))
