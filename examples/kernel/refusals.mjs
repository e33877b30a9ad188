// refusals.mjs [COUNT]: what the kernel says about the netlink requests of any process (its extended ACKs), also where the one who asked
// isn't told: COUNT texts of it (all where missing). A program of ours, built by scripts/build-bpf, is attached to a tracepoint.
import { bpf } from 'nicsteer/kernel'

const count = Number(process.argv[2] ?? Number.POSITIVE_INFINITY)
const extack = bpf.layout({ time: bpf.u64, pid: bpf.u32, tgid: bpf.u32, comm: bpf.text(16), text: bpf.text(128) })
const object = bpf.open(bpf.objectPath('extack')).load()
const link = object.program('netlink_extack').attach()

let seen = 0
const reader = object.ring('events', 'extack_event', extack, ({ comm, text }) => {
  console.log(`${comm}: ${text}`)
  seen += 1
  if (seen >= count) for (const one of [reader, link, object]) one[Symbol.dispose]()
})
console.log('listening')
