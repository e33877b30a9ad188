import { type Check, ok, skip, warn } from '../check.js'
import { perPf } from '../per-pf.js'
import { known, type PfState } from '../state.js'
import { hasMlx5, neededTunnels, showPf, usedPfs } from '../used.js'

/** Whether the NIC knows a tunnel's packet when it sees one. */
export const parserChecks: readonly Check[] = [
  {
    id: 'nic.flex-parser',
    title: 'the firmware parses GENEVE',
    looksAt: 'rules on GENEVE devices that are in hardware: the kernel itself does not tell',
    label: 'source-read',
    judge(state) {
      if (!hasMlx5(state)) return skip('there is no mlx5 NIC here')
      const { types, by } = neededTunnels(state)
      if (types.length > 0 && !types.includes('geneve')) return skip(`the encapsulation is ${types}, by ${by}`)
      const isGeneve = (ifindex: number) =>
        state.links.some((link) => link.ifindex === ifindex && link.tunnel?.kind === 'geneve')
      const taken = state.filters.some(({ ifindex, flags }) => flags?.inHw && isGeneve(ifindex))
      if (taken) return ok('a decap rule is in hardware')
      return skip(
        "can't be known: the kernel does not tell flex_parser_protocols. Without GENEVE in it decap rules are refused without a text (mstconfig -d PCI query FLEX_PARSER_PROFILE_ENABLE)",
      )
    },
  },
  {
    id: 'nic.udp-ports',
    title: "the NIC knows the tunnels' UDP ports",
    looksAt: 'ethtool --show-tunnels; tunnel devices that are up',
    judge(state) {
      const tunnels = state.links.flatMap(({ tunnel, up, name }) => (tunnel && up ? { ...tunnel, name } : []))
      if (tunnels.length === 0) return skip('there is no tunnel device yet')
      const pfs = usedPfs(state).filter((pf) => tablesOf(pf).length > 0)
      if (pfs.length === 0) return skip('no NIC here has a table of them')
      return perPf(
        pfs,
        (pf) =>
          tunnels.flatMap(({ kind, port, name }) => {
            const hasTable = tablesOf(pf).some(({ types }) => types.includes(kind))
            // Wherever it stands: the table of VXLAN's fixed port is of no type (net/ethtool/tunnels.c ethnl_tunnel_info_fill_reply).
            const knows = tablesOf(pf).some(({ ports }) => ports.some((one) => one.port === port && one.type === kind))
            // A NIC without a table for the kind parses it without being told, or never.
            if (!hasTable || knows || port === undefined) return []
            const what = `${showPf(pf)} does not take UDP port ${port} (${name}) for ${kind}: it decapsulates nothing there`
            const fix = `ethtool -K ${pf.uplink.name} rx-udp_tunnel-port-offload on; then ip link set ${name} down, and up`
            return [warn(what, fix)]
          }),
        (pf) => `${showPf(pf)}: ${portsOf(pf) || 'none'}`,
      )
    },
  },
]

const tablesOf = ({ udpPorts }: PfState) => known(udpPorts) ?? []
const portsOf = (pf: PfState) =>
  tablesOf(pf)
    .flatMap(({ ports }) => ports.map(({ type, port }) => `${type} ${port}`))
    .join(', ')
