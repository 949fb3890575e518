"""What the pipeline may do on behalf of its service user. Pure."""

from __future__ import annotations

from collections.abc import Collection

from backbone.catalogue.model import Catalogue, Permission
from backbone.ledger.states import InboundReason


def refusal(
    catalogue: Catalogue, needed: Collection[Permission], object_id: int | None
) -> tuple[InboundReason, str] | None:
    """Return why the API user may not do what is ``needed`` on a ticket of this object, or None when he may.

    An object without a district, or one that has been retired, is everybody's.
    """
    user = catalogue.api_user
    if not user.enabled:
        return InboundReason.API_USER_OFF, "the API user is switched off"
    lacking = sorted(permission.value for permission in needed if permission not in user.permissions)
    if lacking:
        return InboundReason.NO_PERMISSION, f"the API user has no role with {', '.join(lacking)}"
    place = catalogue.directory.objects.get(object_id) if object_id is not None else None
    if place is None or place.district_id is None or user.districts is None or place.district_id in user.districts:
        return None
    district = catalogue.directory.districts.get(place.district_id, "that there is no more")
    why = f"the object {place.name} is in the district {district}, which is not one of the API user's"
    return InboundReason.NO_DISTRICT, why
