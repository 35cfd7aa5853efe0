"""Courses: sessions of one patient over weeks, what was given, and when the next may begin.

`evenflow.course.file.load` reads a course, `evenflow.course.decision.may_begin` says whether a
session may begin, with what the pump itself has kept of earlier ones.
"""
