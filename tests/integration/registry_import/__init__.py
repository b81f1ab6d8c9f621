"""Tests of the register import."""
