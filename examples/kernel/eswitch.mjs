// eswitch.mjs [MODE]: the devlink devices with driver, firmware and eswitch mode; with MODE (`switchdev`, `legacy`) sets it on all of them.
import { devlink, KernelRefusal, NetlinkSocket } from 'nicsteer/kernel'

const [mode] = process.argv.slice(2)
const socket = NetlinkSocket.open('generic')
const devices = devlink.listDevlinkDevs(socket)
if (devices.length === 0) console.log('no devlink device')
for (const dev of devices) {
  const { driver, running } = devlink.devInfo(socket, dev)
  try {
    if (mode) devlink.setEswitch(socket, dev, { mode })
    console.log(
      `${dev.bus}/${dev.dev}: ${driver} ${running.fw ?? running['fw.version'] ?? ''}, ${devlink.eswitchMode(socket, dev).mode}`,
    )
  } catch (error) {
    if (!(error instanceof KernelRefusal)) throw error
    console.log(`${dev.bus}/${dev.dev}: ${driver}, ${error.message}`)
  }
}
socket[Symbol.dispose]()
