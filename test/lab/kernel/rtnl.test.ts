import { roundTrips } from '../../kernel/route/round-trip.js'

describe('kernel/route against iproute2 on the lab’s kernel, both ways', () => {
  roundTrips()
})
