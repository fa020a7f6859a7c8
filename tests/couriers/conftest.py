"""What the tests of couriers share."""

from tests.couriers.factories import allowed

__all__ = ["allowed"]
