import { NicsteerError } from '../../base/errors.js'

/** A command of ovs-vswitchd that failed, with what it said. Code UNIXCTL_REFUSED. */
export class UnixctlRefusal extends NicsteerError {
  readonly text: string

  constructor(command: string, text: string) {
    super('UNIXCTL_REFUSED', `${command}: ${text}`)
    this.name = 'UnixctlRefusal'
    this.text = text
  }
}
