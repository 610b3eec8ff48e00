"""Thin triggers, one blueprint per capability: parse, one service call, map the answer."""
