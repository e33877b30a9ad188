import type { Ifindex } from '../../../src/base/types.js'
import * as devlink from '../../../src/kernel/devlink/devlink.js'
import { type DevlinkAttributes, devlinkMessage } from '../../../src/kernel/devlink/message.js'
import { ByteWriter } from '../../../src/kernel/netlink/bytes.js'
import { u16 } from '../../../src/kernel/netlink/codec.js'
import { genericLayout } from '../../../src/kernel/netlink/genetlink.js'
import { type Request, request, writeMessage } from '../../../src/kernel/netlink/message.js'
import { attribute, attributes } from '../../../src/kernel/netlink/schema.js'
import { filterRequest } from '../../../src/kernel/tc/filter-message.js'
import { dumpFilters, ETH_P_ALL, type FlowerFilter } from '../../../src/kernel/tc/index.js'
import { uapi } from '../../../src/kernel/uapi.js'
import { cases } from '../../lab/kernel/rules.js'
import { type Conversation, SEQUENCE_STEP } from './conversation.js'

const PORT_ID = 4711
const IFINDEX = 7 as Ifindex

/** Answers that are made by our own encoders, where the kernel of the tests has no flower and no devlink. */
export function encodedAnswers(): Conversation[] {
  return [...filters(), ...devlinkAnswers()]
}

/** Every key and every action of the tests' rules. */
function filters(): Conversation[] {
  const devices = { dummy: IFINDEX, other: IFINDEX, geneve: IFINDEX, vxlan: IFINDEX, gre: IFINDEX }
  return cases(devices).map(({ tc, ours }) => {
    const filter: FlowerFilter = {
      kind: 'flower',
      ifindex: IFINDEX,
      parent: 'ingress',
      chain: 0,
      priority: 10,
      protocol: ETH_P_ALL,
      ...ours,
    }
    const told = filterRequest('', uapi.RTM_NEWTFILTER, 0, filter, { handle: 1, flower: filter })
    return {
      name: tc,
      ask: (socket) => dumpFilters(socket, { ifindex: IFINDEX, parent: 'ingress' }),
      answers: [encode(told, 1), encode(DONE, 1)],
      portId: PORT_ID,
    }
  })
}

const DEV = { bus: 'pci', dev: '0000:d8:00.0' }
const FAMILY_ID = 0x20
/** Of the request behind the look-up of the family. */
const SECOND = 1 + SEQUENCE_STEP

function devlinkAnswers(): Conversation[] {
  const version = { name: 'fw.version', value: '22.39.1002' }
  const told: [name: string, ask: Conversation['ask'], values: DevlinkAttributes, end?: Request][] = [
    ['devlink devices', devlink.listDevlinkDevs, { reloadFailed: 0 }],
    [
      'devlink ports',
      (socket) => devlink.listDevlinkPorts(socket),
      {
        portIndex: 3,
        portType: 2,
        netdevIfindex: 5,
        netdevName: 'pf0vf3',
        flavour: 4,
        pfNumber: 0,
        vfNumber: 3,
        controller: 0,
        external: 0,
        splittable: 0,
        portFunction: { state: 1, operState: 1, capabilities: { value: 1, selector: 3 }, maxIoEqs: 8 },
      },
    ],
    [
      'devlink parameters',
      (socket) => devlink.listParams(socket),
      {
        param: {
          name: 'flow_steering_mode',
          generic: true,
          type: 5,
          values: {
            value: [
              { data: '736d667300', configurationMode: 0 },
              { data: '646d667300', configurationMode: 2 },
            ],
          },
        },
      },
    ],
    [
      'devlink health',
      (socket) => devlink.listHealthReporters(socket),
      { healthReporter: { name: 'fw', state: 1, errors: 2, recoveries: 1, gracePeriod: 1000, dumpTimeNs: 1e18 } },
    ],
    [
      'devlink info',
      (socket) => devlink.devInfo(socket, DEV),
      { driver: 'mlx5_core', serial: '1234', fixed: [version], running: [version, version], stored: [version] },
      ACK,
    ],
    ['eswitch', (socket) => devlink.eswitchMode(socket, DEV), { eswitchMode: 1, inlineMode: 0, encapMode: 1 }, ACK],
  ]
  return told.map(([name, ask, values, end = DONE]) => ({
    name,
    ask,
    answers: [encode(FAMILY, 1), encode(ACK, 1), encode(devlinkTold(values), SECOND), encode(end, SECOND)],
    portId: PORT_ID,
  }))
}

const DONE = plain(uapi.NLMSG_DONE, 4)
const ACK = plain(uapi.NLMSG_ERROR, 20)
const FAMILY = request(
  genericLayout(attributes({ id: attribute('CTRL_ATTR_FAMILY_ID', u16) })),
  { what: '', type: uapi.GENL_ID_CTRL },
  { command: 1, version: 2, reserved: 0 },
  { id: FAMILY_ID },
)

function devlinkTold(values: DevlinkAttributes): Request {
  const header = { command: 3, version: 1, reserved: 0 }
  return request(devlinkMessage, { what: '', type: FAMILY_ID }, header, { ...DEV, ...values })
}

/** A message of zeroes. */
function plain(type: number, size: number): Request {
  return { what: '', type, flags: 0, headerSize: size, writeBody: (out) => out.append(new Uint8Array(size)) }
}

function encode(message: Request, sequence: number): Uint8Array {
  const out = new ByteWriter()
  writeMessage(out, message, uapi.NLM_F_MULTI, sequence)
  out.view.setUint32(12, PORT_ID, true)
  return out.written().slice()
}
