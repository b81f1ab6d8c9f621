"""Invented names: rare first characters keep them from being anybody's, a kind-specific ending makes them sound at home."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

_FIRST: Final = "澜璟汀岚棠榕枫芷葭筠栖霁曦晗昀煦澄泓沁洛沐涵滢菁蓁楠椿桐槿樾翎湉漪珩珂珺琬瑾叡栎柏桦"
_SECOND: Final = "和庭源泰宁康悦景锦瑞祥嘉怡雅逸清明安居里文德仁合润晖川屿野原"
_TRADE: Final = "驰升达捷腾越迅恒创维力科诚信联通"

ENDINGS: Final[dict[str, tuple[str, ...]]] = {
    "residential_old": ("新村", "公寓", "小区", "大楼", "一村", "二村", "三村", "坊"),
    "residential_mid": ("苑", "花园", "家园", "名苑", "公寓", "佳苑", "花苑"),
    "residential_new": ("华庭", "雅筑", "璟园", "名邸", "府", "云庭", "里", "雅苑"),
    "mall": ("广场", "天地", "荟", "购物中心", "生活汇", "商业广场"),
    "office": ("大厦", "中心", "商务楼", "科技园", "国际大厦", "创意园", "商务广场"),
    "hospital": ("医院", "中医医院", "康复医院", "社区卫生服务中心", "护理院", "口腔医院"),
    "school": ("小学", "中学", "实验学校", "幼儿园", "外国语学校", "职业学校"),
    "hotel": ("酒店", "宾馆", "精选酒店", "商务酒店", "公寓酒店"),
    "factory": ("机械厂", "食品厂", "仓储园", "物流园", "制药厂", "印务园", "精密工业园", "冷链中心", "装备制造园"),
    "scenic": ("公园", "水族馆", "游乐园", "艺术园"),
    "other": ("文化中心", "体育馆", "停车楼", "便民中心", "养老院", "菜市场", "图书馆", "会展馆", "邻里中心"),
}
COMPANY: Final[dict[str, tuple[str, ...]]] = {
    "property": ("上海{}物业管理有限公司", "上海{}物业服务有限公司", "上海{}城市服务有限公司"),
    "management": ("上海{}商业管理有限公司", "上海{}资产管理有限公司", "上海{}企业管理有限公司", "上海{}置业有限公司"),
    "industry": ("上海{}实业有限公司", "上海{}制造有限公司", "上海{}供应链有限公司", "上海{}科技有限公司"),
    "maker": ("{}电梯有限公司", "苏州{}电梯有限公司", "上海{}电梯制造有限公司", "杭州{}电梯有限公司", "{}电梯（中国）有限公司"),
    "installer": ("上海{}电梯安装工程有限公司", "上海{}机电安装有限公司", "上海{}设备工程有限公司"),
    "maintainer": ("上海{}电梯维修保养有限公司", "上海{}电梯服务有限公司", "上海{}电梯工程有限公司", "上海{}机电维保有限公司"),
    "machine_maker": (
        "{}重工有限公司",
        "{}叉车有限公司",
        "无锡{}压力容器有限公司",
        "{}锅炉有限公司",
        "江苏{}起重机械有限公司",
        "{}游乐设备有限公司",
    ),
}  # fmt: skip


def pairs(rng: random.Random, second: str = _SECOND) -> Iterator[str]:
    """Two-character words, every one once, in an order drawn from `rng`."""
    words = [a + b for a in _FIRST for b in second if a != b]
    rng.shuffle(words)
    yield from words


def trade_words(rng: random.Random) -> Iterator[str]:
    """Two-character words that sound like a machinery company."""
    return pairs(rng, _TRADE)
