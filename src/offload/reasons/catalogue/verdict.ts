import type { Entry } from '../entry.js'

/** What nicsteer itself finds, comparing what is wanted with what is there. */
export const VERDICT = [
  {
    code: 'NOT_INSTALLED',
    meaning: 'No such rule is there.',
    todo: 'nicsteer apply',
  },
  {
    code: 'NOT_OURS',
    meaning:
      'Somebody else’s rule matches the same at the same place; nicsteer leaves it alone and can’t answer for it.',
    todo: 'find out whose it is (nicsteer rules --foreign), and remove it, or have it there',
  },
  {
    code: 'OTHER_ACTIONS',
    meaning: 'The rule is there, and does something else than wanted.',
    todo: 'nicsteer apply',
  },
  {
    code: 'TRAFFIC_IN_SOFTWARE',
    meaning: 'The rule is flagged in_hw, but packets of it reached the representor and software carried them.',
    todo: 'look at the next hop’s neighbour, at dmesg (UPDATE_FAILED), and whether the chains before it are in hardware too',
  },
  {
    code: 'SOME_WENT_BY_SOFTWARE',
    meaning:
      'Hardware carries the rule, and some packets went through software at some time: before the neighbour was known, say.',
    todo: 'nicsteer verify --observe SECONDS tells whether any still do',
  },
  {
    code: 'PACKETS_AT_REPRESENTOR',
    meaning:
      'The rule is in hardware, whose counter of it stood still, while packets of its VF came to the representor. The rule can’t count them in software (it is for hardware alone, or something takes them before), so whether they were meant for it, or were ARP and the like, can’t be told.',
    todo: 'see who takes them: nicsteer rules --foreign, bpftool net, tcpdump -i REPRESENTOR; then nicsteer verify --observe SECONDS while packets of that rule flow',
  },
  {
    code: 'SECOND_STAGE_NOT_OFFLOADED',
    meaning:
      'The VTEP is on an internal port of Open vSwitch. The encap rule is in hardware, but the rule of that port’s egress, which takes the outer packets to the uplink, is not: software carries them on.',
    todo: 'see that Open vSwitch has hw-offload on, and why its rule is refused: tc -s filter show dev PORT egress, nicsteer trace extack',
  },
  {
    code: 'SECOND_STAGE_IDLE',
    meaning:
      'The VTEP is on an internal port of Open vSwitch, which has no rule on that port’s egress now: it makes one when packets come. Whether hardware takes it shows only then.',
    todo: 'nicsteer verify --observe SECONDS while packets flow',
  },
  {
    code: 'NOT_ASKED',
    meaning:
      'The rule is not in hardware, and was not offered again just now: by apply because nothing changed, by verify because another nicsteer was at work.',
    todo: 'nicsteer verify',
  },
  {
    code: 'UNKNOWN',
    meaning: 'The kernel gave a text that nobody has catalogued; it is shown word for word.',
    todo: 'see the text; it is the driver’s own',
  },
  {
    code: 'NO_TEXT',
    meaning: 'The rule was refused without a word, and nothing that can be read on the node explains it.',
    todo: 'look in dmesg; nicsteer trace extack hears what was said and overwritten',
  },
  {
    code: 'LAB_PROFILE',
    texts: ['this profile offloads no rule'],
    meaning: 'The lab’s stand-in for a NIC is in profile none, and refuses everything.',
    todo: 'write another profile into /sys/kernel/debug/simnic/ADDRESS/profile',
    emulated: true,
  },
] as const satisfies readonly Entry[]
