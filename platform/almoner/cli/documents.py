"""The GraphQL operations that the commands send."""

from __future__ import annotations

SUBMIT = """
mutation Submit($input: SubmitRateDevelopmentInput!) {
  submitRateDevelopment(input: $input) {
    rateDevelopment { id name status revision }
    job { id state }
    problems { code message path }
  }
}
"""

FIND_BY_DIGEST = """
query Find($digest: String!) {
  rateDevelopments(first: 1, packageDigest: $digest) { nodes { id status job { id state } } }
}
"""

LIST = """
query List($after: String) {
  rateDevelopments(first: 100, after: $after) {
    nodes { id name status revision submittedAt }
    pageInfo { hasNextPage endCursor }
  }
}
"""

FOLLOW = """
subscription Follow($id: ID!) {
  jobChanged(id: $id) { state progress { done total phase } failureCode failureMessage }
}
"""

DEVELOPMENT = """
query Development($id: ID!) {
  rateDevelopment(id: $id) {
    id name status revision
    contractors { code rbha area }
    rateCells { code program population }
    tieOut { exact oneUnit differs findings { code message detail { name value } } }
  }
}
"""

FIGURES = """
query Figures($id: ID!, $revision: Int, $filter: RateFigureFilter, $after: String) {
  rateDevelopment(id: $id) {
    figures(first: 100, after: $after, revision: $revision, filter: $filter) {
      nodes { exhibit rateCell contractor line column value display printed tieOut repair formula }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""

CELLS = """
query Cells($id: ID!, $filter: TieOutCellFilter, $after: String) {
  rateDevelopment(id: $id) {
    tieOut {
      cells(first: 100, after: $after, filter: $filter) {
        nodes { exhibit rateCell contractor line column value display printed tieOut repair support }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
