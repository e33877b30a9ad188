import assert from 'node:assert/strict'
// Under Linux 6.12 and libbpf 1.5: features, positions beside a certain program, tracing.
import '../../kernel/libbpf/features.test.js'
import '../../kernel/libbpf/link.test.js'
import '../../kernel/libbpf/trace.test.js'
import { layout, text, type ValueOf } from '../../../src/kernel/libbpf/layout.js'
import { open } from '../../../src/kernel/libbpf/object.js'
import { objectPath } from '../../../src/kernel/libbpf/path.js'
import { u32, u64 } from '../../../src/kernel/netlink/codec.js'
import { sh } from '../support/shell.js'
import { PCI, setKnob } from '../support/simnic.js'
import { waitFor } from '../support/wait.js'

/** bpf/extack.bpf.c struct extack_event */
const extackEvent = layout({ time: u64, pid: u32, tgid: u32, comm: text(16), text: text(128) })

describe('kernel/libbpf and a NIC that refuses', () => {
  before(() => {
    sh('modprobe simnic nics=1 total_vfs=1')
    sh('devlink dev eswitch set pci/0000:d8:00.0 mode switchdev')
    sh('tc qdisc add dev p0 clsact')
    setKnob(PCI[0], 'refuse', '1 95 not today')
  })
  after(() => sh('modprobe -r simnic'))

  it('the driver’s text arrives although nobody asked for it', async () => {
    const events: ValueOf<typeof extackEvent>[] = []
    using object = open(objectPath('extack')).load()
    using _link = object.program('netlink_extack').attach()
    using _reader = object.ring('events', 'extack_event', extackEvent, (event) => events.push(event))
    // Neither skip_sw nor verbose: tc succeeds and prints nothing.
    assert.equal(sh('tc filter add dev p0 ingress pref 10 protocol ip flower dst_ip 10.0.0.1 action drop'), '')
    const event = await waitFor('the refusal', () => events.find(({ comm }) => comm === 'tc'))
    assert.equal(event.text, 'simnic: not today')
  })
})
