from shared.contracts.metrics.month_page import metrics_page
from shared.contracts.queries.api_queries import MetricsMonth


def test_page_escapes_names_and_marks_the_month():
    page = metrics_page(MetricsMonth(2030, 2), 2031, [("<b>ttd", 1, 2, 3, 4, 5)]).decode()
    assert "<td>&lt;b&gt;ttd</td><td>1</td><td>2</td><td>3</td><td>4</td><td>5</td>" in page
    assert "<option selected>2030</option>" in page
    assert "<option selected>2</option>" in page
    assert "<table>" not in metrics_page(MetricsMonth(2030, 2), 2031).decode()
