"""重庆: the platform's own topics and keys, with the code set of GB/T 24476-2017 clause 11 (fault, event, alarm)."""

from __future__ import annotations

from typing import Final

CODES: Final = {
    "1": "10",  # 安全回路
    "2": "12",  # 关门
    "3": "11",  # 开门
    "4": "6",  # 门区外停梯
    "5": "5",  # 开门走车
    "6": "17",  # 电动机运转时间限制器
    "7": "19",  # 楼层信息丢失
    "41": "9",  # 主电源断
    "90": "21",  # 用户报警
    "91": "2",  # 蹲底
    "92": "1",  # 冲顶
    "93": "7",  # 平层关人
}  # 8 防再运行 has no canonical code; 40 and 42–47 are service modes, which the state says
