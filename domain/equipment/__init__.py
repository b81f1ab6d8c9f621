"""All kinds of special equipment. A new kind is a new file here and a line in KINDS; no page, no migration."""

from __future__ import annotations

from typing import Final

from domain.equipment.elevator import ELEVATOR
from domain.equipment.forklift import FORKLIFT
from domain.equipment.kind import EquipmentKind

CRANE: Final = EquipmentKind(key="crane", catalogue="4000", icon="box-arrow-up", inspection_months=24)  # 起重机械
AMUSEMENT_RIDE: Final = EquipmentKind(key="amusement_ride", catalogue="6000", icon="stars", inspection_months=12)  # 大型游乐设施
BOILER: Final = EquipmentKind(key="boiler", catalogue="1000", icon="fire", inspection_months=24)  # 锅炉
PRESSURE_VESSEL: Final = EquipmentKind(key="pressure_vessel", catalogue="2000", icon="capsule", inspection_months=36)  # 压力容器
PRESSURE_PIPELINE: Final = EquipmentKind(  # 压力管道: counted in km, outside the 18,964
    key="pressure_pipeline", catalogue="8000", icon="distribute-horizontal", counted=False, inspection_months=36
)

KINDS: Final[dict[str, EquipmentKind]] = {
    kind.key: kind for kind in (ELEVATOR, FORKLIFT, CRANE, AMUSEMENT_RIDE, BOILER, PRESSURE_VESSEL, PRESSURE_PIPELINE)
}
COUNTED: Final = tuple(key for key, kind in KINDS.items() if kind.counted)  # these add up to 18,964; pipelines are kilometres
MONITORED: Final = tuple(key for key, kind in KINDS.items() if kind.fields)
