"""The fields of the register: our name, the headers registers use for it (platform key first), and how its cells are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.equipment import KINDS
from services.registry_import.cells import Day, Name, Number, Reader, Text, Truth, Whole, Word
from services.registry_import.quantities import DISTANCE, LENGTH, MASS, SPEED

EXTRA: Final = "extra."  # a field named extra.<word> is kept in equipment.extra under <word>

INDUSTRIAL_VEHICLE: Final = "industrial_vehicle"  # 场（厂）内专用机动车辆: a forklift or not, its variety decides
KIND_WORDS: Final = {key: key for key in KINDS} | {
    "电梯": "elevator", "叉车": "forklift", "起重机械": "crane", "大型游乐设施": "amusement_ride", "游乐设施": "amusement_ride",
    "锅炉": "boiler", "压力容器": "pressure_vessel", "压力管道": "pressure_pipeline",
    "1000": "boiler", "2000": "pressure_vessel", "3000": "elevator", "4000": "crane", "6000": "amusement_ride", "8000": "pressure_pipeline",
    "5000": INDUSTRIAL_VEHICLE, "场(厂)内专用机动车辆": INDUSTRIAL_VEHICLE, "场（厂）内专用机动车辆": INDUSTRIAL_VEHICLE,
    "场内专用机动车辆": INDUSTRIAL_VEHICLE, "场车": INDUSTRIAL_VEHICLE,
}  # fmt: skip
VARIETY_WORDS: Final = {  # 特种设备目录 (2014年第114号)
    "曳引驱动乘客电梯": "3110", "曳引驱动载货电梯": "3120", "强制驱动载货电梯": "3130", "液压乘客电梯": "3210", "液压载货电梯": "3220",
    "自动扶梯": "3310", "自动人行道": "3320", "防爆电梯": "3410", "消防员电梯": "3420", "杂物电梯": "3430", "叉车": "5110",
    "非公路用旅游观光车辆": "5200",
}  # fmt: skip
VARIETY_KINDS: Final = {code: "elevator" for code in VARIETY_WORDS.values() if code.startswith("3")} | {"5110": "forklift"}
STATUS_WORDS: Final = {
    "in_use": "in_use", "在用": "in_use", "使用": "in_use", "正常": "in_use", "投用": "in_use",
    "stopped": "stopped", "停用": "stopped", "停止使用": "stopped", "封停": "stopped", "在建": "stopped",
    "scrapped": "scrapped", "报废": "scrapped", "注销": "scrapped", "拆除": "scrapped",
}  # fmt: skip
PLACE_WORDS: Final = {
    "residential": "residential", "住宅": "residential", "住宅小区": "residential", "居民住宅": "residential", "小区": "residential",
    "mall": "mall", "商场": "mall", "商业": "mall", "超市": "mall", "office": "office", "办公": "office", "办公楼": "office",
    "写字楼": "office",
    "hospital": "hospital", "医院": "hospital", "school": "school", "学校": "school", "metro": "metro", "地铁": "metro",
    "轨道交通": "metro",
    "hotel": "hotel", "宾馆": "hotel", "酒店": "hotel", "factory": "factory", "工厂": "factory", "厂房": "factory", "企业": "factory",
    "scenic": "scenic", "景区": "scenic", "公园": "scenic", "other": "other", "其他": "other", "其它": "other",
}  # fmt: skip
RESULT_WORDS: Final = {
    "passed": "passed", "合格": "passed", "failed": "failed", "不合格": "failed", "reinspection": "reinspection",
    "复检合格": "reinspection",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegisterField:
    """One field. The first of `headers` is the city platform's key where it has one."""

    name: str
    reader: Reader
    headers: tuple[str, ...]


def _extra(name: str, *headers: str) -> RegisterField:
    return RegisterField(EXTRA + name, Text(), headers)


IDENTITY: Final = (
    RegisterField(
        "code", Text(64), ("registerNumber", "注册代码", "设备注册代码", "特种设备注册代码", "注册码", "电梯注册码", "电梯注册代码", "code")
    ),
    RegisterField("kind", Word(KIND_WORDS), ("kind", "设备种类", "种类")),
    RegisterField(
        "category_code", Word(VARIETY_WORDS | {code: code for code in VARIETY_WORDS.values()}), ("type", "设备品种", "品种", "品种代码")
    ),
    RegisterField("name", Text(120), ("deviceName", "设备名称", "名称")),
    RegisterField("model", Text(120), ("model", "型号", "设备型号", "规格型号", "型号规格")),
    RegisterField("factory_number", Text(120), ("leaveFactoryNumber", "出厂编号", "产品编号", "制造编号")),
    RegisterField("use_certificate", Text(120), ("useCertNumber", "使用登记证编号", "使用登记证号", "登记证编号")),
)
PLACE: Final = (
    RegisterField("site", Name(), ("usePlace", "使用地点", "使用场所", "小区名称", "场所名称", "项目名称")),
    RegisterField("address", Text(), ("address", "地址", "详细地址", "设备地址", "使用地址", "设备所在地")),
    RegisterField("street", Text(60), ("town", "街道", "街镇", "街道镇", "所属街道", "所属街镇", "街道/镇", "street")),
    RegisterField("place_kind", Word(PLACE_WORDS), ("placeKind", "场所类别", "场所类型", "使用场所类别", "使用场所类型")),
    RegisterField("residential", Truth({"住宅": True, "非住宅": False}), ("residential", "是否住宅", "住宅电梯", "是否住宅电梯")),
    RegisterField("add_on", Truth({"加装": True}), ("addOn", "是否加装", "加装电梯", "是否加装电梯")),
    RegisterField("lng", Number(-1e9, 1e9), ("longitude", "经度", "lng", "lon")),
    RegisterField("lat", Number(-1e9, 1e9), ("latitude", "纬度", "lat")),
)
UNITS: Final = (
    RegisterField("maker", Name(), ("manufacturerName", "制造单位", "制造单位名称", "制造商", "生产单位", "生产厂家", "制造厂家")),
    RegisterField("maker_code", Text(40), ("manufacturerCode", "制造单位代码", "制造单位统一社会信用代码")),
    RegisterField("installer", Name(), ("setupCompanyName", "安装单位", "安装单位名称", "施工单位")),
    RegisterField("installer_code", Text(40), ("setupCompanyCode", "安装单位代码", "安装单位统一社会信用代码")),
    RegisterField("use_unit", Name(), ("useCompanyName", "使用单位", "使用单位名称")),
    RegisterField(
        "use_unit_code", Text(40), ("useCompanyCode", "使用单位代码", "使用单位统一社会信用代码", "统一社会信用代码", "社会信用代码")
    ),
    RegisterField("maintenance_unit", Name(), ("maintenanceCompanyName", "维保单位", "维保单位名称", "维护保养单位", "维保公司")),
    RegisterField("maintenance_unit_code", Text(40), ("maintenanceCompanyCode", "维保单位代码", "维保单位统一社会信用代码")),
    RegisterField("monitor_vendor", Text(40), ("monitorVendor", "监测数据商", "数据厂商", "物联网接入商")),
    RegisterField("gateway", Text(80), ("monitorGateway", "监测网关", "网关编号", "网关")),
)
FIGURES: Final = (
    RegisterField("rated_speed", Number(0, 20, SPEED), ("ratedSpeed", "额定速度", "名义速度")),
    RegisterField("rated_load", Number(9.99, 1_000_000, MASS), ("ratedLoad", "额定载重量", "额定载荷", "额定载重", "额定起重量")),
    RegisterField("floors", Whole(1, 200), ("floors", "层数", "楼层数")),
    RegisterField("stops", Whole(1, 200), ("stops", "站数", "停站数")),
    RegisterField("lift_height", Number(0, 1000, LENGTH), ("liftHeight", "提升高度", "起升高度")),
    RegisterField("length_km", Number(0, 1000, DISTANCE), ("lengthKm", "管道长度")),
    RegisterField("indoor", Truth({"室内": True, "室外": False}), ("indoor", "是否室内", "室内外")),
    RegisterField("has_belt", Truth(), ("hasBelt", "安全带", "有无安全带")),
)
STATES: Final = (
    RegisterField("use_status", Word(STATUS_WORDS), ("useStatus", "使用状态", "设备状态", "使用状况")),
    RegisterField("inspection_result", Word(RESULT_WORDS), ("result", "检验结论", "检验结果", "inspectResult")),
)
DAYS: Final = (
    RegisterField("made_on", Day(), ("leaveFactoryDate", "制造日期", "出厂日期", "生产日期")),
    RegisterField("installed_on", Day(), ("setupFinishDate", "安装日期", "安装竣工日期", "竣工日期", "安装完成日期")),
    RegisterField("registered_on", Day(), ("registerDate", "登记日期", "注册日期", "使用登记日期", "注册登记日期")),
    RegisterField("renovated_on", Day(), ("remouldDate", "改造日期")),
    RegisterField("overhauled_on", Day(), ("overhaulDate", "大修日期", "重大修理日期")),
    RegisterField("assessed_on", Day(), ("assessDate", "安全评估日期", "评估日期")),
    RegisterField("last_inspected_on", Day(), ("inspectDate", "检验日期", "上次检验日期", "最近检验日期")),
    RegisterField("next_inspection_on", Day(past=False), ("nextInspectDate", "下次检验日期", "检验有效期", "下次检验日")),
    RegisterField("last_maintained_on", Day(), ("completeTime", "上次维保日期", "最近维保日期", "维保日期")),
    RegisterField("next_maintenance_on", Day(past=False), ("nextMaintenanceDate", "下次维保日期")),
    RegisterField("maintenance_contract_until", Day(past=False), ("contractUntil", "维保合同到期日", "维保合同截止日期", "合同到期日")),
)
FURTHER: Final = (
    _extra("device_number", "deviceNumber", "设备代码", "设备编号"),
    _extra("category", "category", "设备类别", "类别"),
    _extra("register_org", "registerOrg", "登记机关", "登记机构"),
    _extra("design_service_life", "designServiceLife", "设计使用年限"),
    _extra("notice_number", "noticeNumber", "告知编号", "施工告知编号"),
    _extra("owner_code", "ownerCode", "产权单位代码", "产权单位统一社会信用代码"),
    _extra("owner", "ownerName", "产权单位", "产权单位名称"),
    _extra("area_code", "areaCode", "行政区划", "行政区划代码"),
    _extra("admin_org", "adminOrg", "监管机构", "监管部门"),
    _extra("building_unit", "buildingUnit", "楼栋单元", "楼栋", "单元"),
    _extra("rescue_number", "rescueNumber", "救援识别码", "救援码"),
    _extra("use_unit_type", "useCompanyType", "使用单位类型"),
    _extra("admin_branch", "adminBranchName", "管理分支机构"),
    _extra("conditions", "conditions", "使用条件", "设备状况"),
    _extra("renovation_unit", "remouldEntName", "改造单位", "改造单位名称"),
    _extra("use_started", "startUseDate", "投用日期", "开始使用日期"),
    _extra("use_stopped", "stopUseDate", "停用日期"),
    _extra("cancelled", "cancelDate", "注销日期", "报废日期"),
    _extra("inspection_duty_unit", "inspectDutyCompany", "检验责任单位", "检验单位", "检验机构"),
    _extra("iot_installer", "iotInstallCompany", "物联网安装单位", "监测装置安装单位"),
)
FIELDS: Final = {field.name: field for field in (*IDENTITY, *PLACE, *UNITS, *FIGURES, *STATES, *DAYS, *FURTHER)}

# Names and telephone numbers of people are recognised and left out: nothing here needs them (GB/T 22239 8.1.4.11).
PERSONAL: Final = (
    "useCompanyPerson", "useCompanyTel", "adminBranchContact", "adminBranchTel", "safetyAdministrator", "safetyAdministratorTel",
    "safetyAdministratorCertNumber", "certNumber", "tel", "联系人", "联系电话", "电话", "手机", "负责人", "安全管理员", "安全管理人员",
    "安全管理员电话",
    "使用单位联系人", "使用单位电话", "维保人员", "维保人员电话", "身份证号",
)  # fmt: skip
