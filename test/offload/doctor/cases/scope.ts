import { constants } from 'node:os'
import { parsePciAddress } from '../../../../src/base/types.js'
import { FRESH, HEALTHY, pciOf } from '../sample.js'
import { finding, type RedCase, WITH_FILE, wanted, withLink, withOvs } from '../states.js'

/** Of the doctor itself, the file, and what is not supported. */
export const SCOPE: readonly RedCase[] = [
  ['node.root', 'asked by a user', { ...HEALTHY, root: false }, 'WARN', /take root/, /sudo/],
  [
    'steering.file',
    'whose file names another PF',
    wanted({ refusal: { code: 'UNKNOWN_PF', text: 'line 6: no PF x', hint: 'it has: p0' }, filters: [] }),
    'FAIL',
    /^UNKNOWN_PF: line 6/,
    /it has: p0/,
    WITH_FILE,
  ],
  [
    'steering.file',
    'whose file has pairs without tunnel',
    wanted({ findings: [finding('NO_COMMON_PLANE')] }),
    'WARN',
    /NO_COMMON_PLANE: text/,
    /hint/,
    WITH_FILE,
  ],
  [
    'scope.datapath',
    'with OVS-DPDK',
    withOvs(HEALTHY, ({ otherConfig }) => ({ otherConfig: { ...otherConfig, 'dpdk-init': 'true' } })),
    'WARN',
    /^OVS-DPDK \(dpdk-init\) is not supported/,
    /dpctl/,
  ],
  [
    'scope.datapath',
    'with OVS-DOCA',
    withOvs(HEALTHY, ({ otherConfig }) => ({ otherConfig: { ...otherConfig, 'doca-init': 'true' } })),
    'WARN',
    /^OVS-DOCA/,
    /dpctl/,
  ],
  [
    'scope.datapath',
    'with a bridge in userspace',
    withOvs(HEALTHY, ({ bridges }) => ({
      bridges: [...bridges, { name: 'br-phy', datapathType: 'netdev', interfaces: [] }],
    })),
    'WARN',
    /bridge br-phy/,
    /dpctl/,
  ],
  [
    'scope.dpu',
    'whose third NIC is a BlueField in DPU mode',
    {
      ...FRESH,
      pfs: [
        ...FRESH.pfs,
        {
          ...FRESH.pfs[0]!,
          pci: parsePciAddress('0000:3b:00.0'),
          device: 'a2dc',
          eswitchMode: 'unknown',
          vfs: [],
          eswitch: { unknown: 'EOPNOTSUPP', errno: constants.errno.EOPNOTSUPP },
        },
      ],
    },
    'WARN',
    /BlueField in DPU mode/,
    /on the card itself/,
    FRESH,
  ],
  [
    'scope.dpu',
    'that is a BlueField’s own system',
    { ...HEALTHY, ports: [...HEALTHY.ports, { ...HEALTHY.ports[0]!, index: 60, controller: 1, external: true }] },
    'WARN',
    /functions of another host/,
    /leaves them alone/,
  ],
  [
    'scope.subfunctions',
    'with scalable functions',
    {
      ...HEALTHY,
      ports: [
        ...HEALTHY.ports,
        {
          bus: 'pci',
          dev: pciOf(0),
          index: 32768,
          type: 'eth',
          flavour: 'pcisf',
          sfNumber: 88,
          netdevName: 'en3f0pf0sf88',
        },
      ],
    },
    'WARN',
    /1 scalable functions/,
    /leaves them alone/,
  ],
  [
    'scope.bond',
    'whose uplink is in a bond',
    withLink(HEALTHY, 'p0', { slaveKind: 'bond' }),
    'WARN',
    /p0 .* is in a bond/,
    /nomaster/,
  ],
]
