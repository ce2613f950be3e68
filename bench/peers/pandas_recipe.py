"""The reference recipe's eight tables with pandas: python3 pandas_recipe.py recipe SURVEY.csv OUTPUT_FOLDER DEFINITION.json

The cells follow pandas's own reading: what it takes for missing is empty, in a column of numbers decimals are cut off, in a
column that holds text the whole numbers still become integers. Tried and dropped: `dtype=str` for all columns with the numbers
parsed afterwards (half as fast again, since nearly all columns are whole numbers), nullable integers all the way (`to_csv` is
slower on them than on objects), and the pyarrow engine, which Debian's package does not have.
"""

import json
import os
import random
import sys

import pandas

SPLITS = ("train", "test", "valid")


def number_or_text(cell):
    """The cell as the integer that it holds, decimals cut off where the column is all numbers; None where it is missing."""
    if isinstance(cell, float):
        return None if cell != cell else int(cell)
    if isinstance(cell, str):
        try:
            number = float(cell)
        except ValueError:
            return cell
        return int(number) if number.is_integer() else cell
    return cell


def whole_numbers(column):
    """A column of integers as it is; any other with integers in place of its numbers and None for missing cells."""
    if column.dtype.kind == "i":
        return column
    return pandas.Series([number_or_text(cell) for cell in column], index=column.index, dtype=object)


def without_negative(column):
    """The column with None in place of its negative codes."""
    if column.dtype.kind == "i":
        return column.astype(object).where(column >= 0, None)
    kept = [None if isinstance(cell, int) and cell < 0 else cell for cell in column]
    return pandas.Series(kept, index=column.index, dtype=object)


def translated(column, mapping):
    """The column with the codes that the mapping knows replaced; a code that it maps to None becomes None."""
    mapping = {int(code): value for code, value in mapping.items()}
    if column.dtype.kind == "i":
        found = column.isin(mapping.keys())
        return column.astype(object).where(~found, column.map(mapping))
    return pandas.Series([mapping.get(cell, cell) for cell in column], index=column.index, dtype=object)


def demographic_answers(column, demographic):
    column = whole_numbers(column)
    if demographic["measure"] == "ordinal":
        return without_negative(column)
    return translated(column, demographic["codebookLabels"])


def value_answers(column, question):
    answers = without_negative(whole_numbers(column))
    return translated(answers, question["recodes"]) if question["recodes"] else answers


def write_tables(tables, folder, split):
    os.makedirs(os.path.join(folder, split), exist_ok=True)
    for name, table in tables.items():
        path = os.path.join(folder, split, f"{split}_{name}_qa.tsv")
        table.to_csv(path, sep="\t", index=False)


def recipe(survey, folder, definition):
    identifier = definition["id"]
    demographics = definition["demographics"]
    questions = definition["questions"]
    columns = [identifier, *(d["id"] for d in demographics), *(q["id"] for q in questions)]
    rows = pandas.read_csv(survey, usecols=columns, low_memory=False)
    rows = rows[~rows[identifier].isin([int(repeated) for repeated in definition["repeatedIds"]])].reset_index(drop=True)

    tables = {
        "demographic": pandas.DataFrame(
            {identifier: rows[identifier], **{d["id"]: demographic_answers(rows[d["id"]], d) for d in demographics}}
        ),
        "value": pandas.DataFrame(
            {identifier: rows[identifier], **{q["id"]: value_answers(rows[q["id"]], q) for q in questions}}
        ),
    }
    write_tables(tables, folder, "full")

    order = list(range(len(rows)))
    random.seed(0)
    random.shuffle(order)
    first = int(len(order) * 0.7)
    second = first + int(len(order) * 0.15)
    parts = (order[:first], order[first:second], order[second:])
    for split, part in zip(SPLITS, parts):
        write_tables({name: table.iloc[part] for name, table in tables.items()}, folder, split)


if __name__ == "__main__":
    job, survey_path, output, definition_path = sys.argv[1:5]
    if job != "recipe":
        sys.exit(f"pandas_recipe.py knows the job recipe, not {job}")
    with open(definition_path, encoding="utf-8") as file:
        recipe(survey_path, output, json.load(file))
