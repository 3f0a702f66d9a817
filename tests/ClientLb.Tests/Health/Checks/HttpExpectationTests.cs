using System.Text;
using ClientLb.Health;
using ClientLb.Health.Checks;

namespace ClientLb.Tests.Health.Checks;

public class HttpExpectationTests
{
    [Theory]
    [InlineData(200, "Healthy", CheckMark.Passed)]
    [InlineData(299, "", CheckMark.Passed)]
    [InlineData(302, "", CheckMark.Failed)]
    [InlineData(503, "Unhealthy", CheckMark.Failed)]
    [InlineData(200, "Degraded", CheckMark.Degraded)]
    [InlineData(200, " Degraded\r\n", CheckMark.Degraded)]
    [InlineData(200, "Degraded mode is off", CheckMark.Passed)]
    [InlineData(200, """{"status":"Degraded","entries":{}}""", CheckMark.Degraded)]
    [InlineData(200, """{"entries":{"db":{"status":"Degraded"}},"status":"Healthy"}""", CheckMark.Passed)]
    [InlineData(200, """{"entries":{"db":{"status":"Healthy"}},"status":"Degraded"}""", CheckMark.Degraded)]
    [InlineData(200, """{"status":""", CheckMark.Passed)]
    [InlineData(200, """{"status":{"status":"Degraded"}}""", CheckMark.Passed)]
    internal void Defaults_read_the_health_page_of_AspNet(int status, string body, CheckMark expected) =>
        Assert.Equal(expected, Judge(new HealthCheckOptions(), status, body).Mark);

    [Fact]
    public void Statuses_that_are_set_count()
    {
        var options = new HealthCheckOptions();
        options.Statuses.Clear();
        options.Statuses.Add("200-204");
        options.Statuses.Add("401");
        options.DegradedStatuses.Add("429");
        options.DegradedStatuses.Add("204");

        Assert.Equal(CheckMark.Passed, Judge(options, 401, "").Mark);
        Assert.Equal(CheckMark.Failed, Judge(options, 205, "").Mark);
        Assert.Equal(CheckMark.Degraded, Judge(options, 204, "").Mark);
        Assert.Equal("answered 429, which says degraded", Judge(options, 429, "").Text);
    }

    [Fact]
    public void Body_must_contain_the_text()
    {
        var options = new HealthCheckOptions { BodyContains = "db: ok" };

        Assert.Equal(CheckMark.Passed, Judge(options, 200, "all fine, db: ok").Mark);
        Assert.Equal("answered 200 without 'db: ok' in its body", Judge(options, 200, "db: gone").Text);
    }

    [Fact]
    public void Text_that_says_degraded_may_be_set_or_none()
    {
        Assert.Equal(CheckMark.Degraded, Judge(new HealthCheckOptions { DegradedBody = "WARN" }, 200, "state=WARN").Mark);
        Assert.Equal(CheckMark.Passed, Judge(new HealthCheckOptions { DegradedBody = "WARN" }, 200, "Degraded").Mark);
        Assert.Equal(CheckMark.Passed, Judge(new HealthCheckOptions { DegradedBody = "" }, 200, "Degraded").Mark);
        Assert.False(new HttpExpectation(new HealthCheckOptions { DegradedBody = "" }).WantsBody(200));
    }

    [Theory]
    [InlineData("200", true)]
    [InlineData("200-299", true)]
    [InlineData(" 200 - 299 ", true)]
    [InlineData("299-200", false)]
    [InlineData("99", false)]
    [InlineData("600", false)]
    [InlineData("2xx", false)]
    [InlineData("200-", false)]
    [InlineData("-200", false)]
    [InlineData("", false)]
    public void Status_or_range_is_told_from_what_is_neither(string text, bool isPart) => Assert.Equal(isPart, StatusSet.IsPart(text));

    private static CheckFinding Judge(HealthCheckOptions options, int status, string body) =>
        new HttpExpectation(options).Judge(status, Encoding.UTF8.GetBytes(body));
}
