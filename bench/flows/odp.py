# Parses each line of a file with Open vSwitch's own parser of data path flows, and prints lines and milliseconds as JSON.
#   python3 bench/flows/odp.py FILE
import json
import sys
import time

from ovs.flow.odp import ODPFlow

began = time.monotonic()
count = 0
with open(sys.argv[1], encoding="utf-8") as lines:
    for line in lines:
        ODPFlow(line.rstrip("\n"))
        count += 1
print(json.dumps({"lines": count, "ms": (time.monotonic() - began) * 1000}))
