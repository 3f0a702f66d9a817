using System.Net.Http.Headers;
using ClientLb.AspNetCore;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Http;

namespace ClientLb.Tests.AspNetCore;

public sealed class LoadReportTests
{
    [Fact]
    public async Task Answer_says_how_many_requests_are_in_flight_itself_included()
    {
        var ends = new[] { new TaskCompletionSource(), new TaskCompletionSource() };
        using var rig = new ServerRig(pipeline: _ => ends[0].Task);
        var first = rig.Send(new());
        rig.Pipeline = _ => ends[1].Task;
        var second = rig.Send(new());
        rig.Pipeline = static _ => Task.CompletedTask;

        var exchange = rig.Send(new());
        await exchange.Served;

        Assert.Equal("3", exchange.Header("x-requests-in-flight"));
        Assert.Equal(3, Read(exchange).InFlight);
        ends[0].SetResult();
        await first.Served;
        ends[1].SetResult();
        await second.Served;
        Assert.Equal(["2", "1"], [first.Header("x-requests-in-flight"), second.Header("x-requests-in-flight")]);
    }

    [Fact]
    public async Task Header_of_the_application_stays_and_an_empty_name_is_none()
    {
        using var rig = new ServerRig();
        rig.Pipeline = static context =>
        {
            context.Response.Headers["x-requests-in-flight"] = "99";
            return Task.CompletedTask;
        };
        var exchange = rig.Send(new());
        await exchange.Served;
        Assert.Equal("99", exchange.Header("x-requests-in-flight"));

        using var silent = new ServerRig(static o => o.InFlightHeader = "");
        exchange = silent.Send(new());
        await exchange.Served;
        Assert.Empty(exchange.Context.Response.Headers);
    }

    [Theory]
    [InlineData(LoadReportFormat.Text)]
    [InlineData(LoadReportFormat.Json)]
    public async Task Report_says_what_the_processors_and_the_requests_were(LoadReportFormat format)
    {
        using var rig = new ServerRig(o => Configure(o, format));
        rig.Pipeline = static context =>
        {
            context.Response.StatusCode = context.Request.Path == "/bad" ? 500 : 200;
            return Task.CompletedTask;
        };
        Assert.Empty((await ServeAsync(rig, "/")).Header("endpoint-load-metrics"));

        for (var i = 0; i < 9; i++)
        {
            await ServeAsync(rig, i < 2 ? "/bad" : "/");
        }

        rig.ProcessorTime = TimeSpan.FromSeconds(0.25 * Environment.ProcessorCount);
        rig.Time.Advance(1);
        var report = Read(await ServeAsync(rig, "/"));

        Assert.Equal((0.25f, 0.75f, 10f, 2f), (report.CpuUtilization, report.ApplicationUtilization, report.RequestsPerSecond, report.ErrorsPerSecond));
        Assert.Equal(0.5f, report.ChosenUtilization);

        // One idle second: a mean that forgets by the factor e in five.
        rig.Time.Advance(1);
        report = Read(await ServeAsync(rig, "/"));
        Assert.Equal(0.25 * Math.Exp(-0.2), report.CpuUtilization, 0.001);
        Assert.Equal(1 + (9 * Math.Exp(-0.2)), report.RequestsPerSecond, 0.01);

        // Idle for long: what was is forgotten.
        rig.Time.Advance(60);
        report = Read(await ServeAsync(rig, "/"));
        Assert.InRange(report.CpuUtilization, 0, 0.001);
        Assert.InRange(report.RequestsPerSecond, 0, 0.01);
    }

    [Fact]
    public async Task Steady_load_is_reported_as_it_is()
    {
        using var rig = new ServerRig(static o => Configure(o, LoadReportFormat.Text));
        for (var second = 0; second < 40; second++)
        {
            for (var i = 0; i < 20; i++)
            {
                await ServeAsync(rig, "/");
            }

            rig.ProcessorTime += TimeSpan.FromSeconds(0.6 * Environment.ProcessorCount);
            rig.Time.Advance(1);
        }

        var report = Read(await ServeAsync(rig, "/"));

        Assert.Equal(20, report.RequestsPerSecond, 0.1);
        Assert.Equal(0.6, report.CpuUtilization, 0.01);
    }

    [Fact]
    public async Task Figure_that_is_none_is_left_out_and_said_once()
    {
        Func<double> read = static () => throw new InvalidOperationException("not yet");
        using var rig = new ServerRig(o =>
        {
            o.LoadReport = LoadReportFormat.Text;
            o.ApplicationUtilization = static () => double.NaN;
            o.Metrics["queue"] = () => read();
        });

        rig.Time.Advance(3);
        Assert.Equal("TEXT cpu_utilization=0,rps_fractional=0,eps=0", (await ServeAsync(rig, "/")).Header("endpoint-load-metrics"));
        Assert.Equal(2, rig.Log.Count(401));

        read = static () => 3;
        rig.Time.Advance(1);
        Assert.Contains("named_metrics.queue=3", (await ServeAsync(rig, "/")).Header("endpoint-load-metrics"), StringComparison.Ordinal);
        read = static () => -1;
        rig.Time.Advance(2);
        Assert.DoesNotContain("queue", (await ServeAsync(rig, "/")).Header("endpoint-load-metrics"), StringComparison.Ordinal);
        Assert.Equal(3, rig.Log.Count(401));
    }

    [Fact]
    public async Task Grpc_answer_ends_with_the_report_in_binary()
    {
        using var rig = new ServerRig(static o => Configure(o, LoadReportFormat.Text));
        rig.ProcessorTime = TimeSpan.FromSeconds(0.25 * Environment.ProcessorCount);
        rig.Time.Advance(1);
        Exchange? exchange = null;
        rig.Pipeline = async _ =>
        {
            await exchange!.StartAsync();
            exchange.Trailers["grpc-status"] = "13";
        };
        exchange = Exchange.Grpc();
        await rig.Send(exchange).Served;

        Assert.True(OrcaBinaryReport.TryParse(exchange.Trailers["endpoint-load-metrics-bin"].ToString(), [], out var report));
        Assert.Equal((0.25f, 0.75f), (report.CpuUtilization, report.ApplicationUtilization));

        // One with nothing but a status is all headers; and an error of gRPC counts as one.
        rig.Pipeline = static context =>
        {
            context.Response.Headers["grpc-status"] = "0";
            return Task.CompletedTask;
        };
        rig.Time.Advance(1);
        exchange = rig.Send(Exchange.Grpc());
        await exchange.Served;
        await exchange.StartAsync();
        Assert.True(OrcaBinaryReport.TryParse(exchange.Header("endpoint-load-metrics-bin"), [], out report));
        Assert.InRange(report.ErrorsPerSecond, 0.1, 1);
        Assert.Empty(exchange.Trailers);
        Assert.Empty(exchange.Header("endpoint-load-metrics"));
    }

    [Fact]
    public void Sampling_costs_nothing_where_no_report_is_wanted()
    {
        using var rig = new ServerRig();

        Assert.Equal(0, rig.Time.TimerCount);
    }

    private static void Configure(ClientLbServerOptions options, LoadReportFormat format)
    {
        options.LoadReport = format;
        options.ApplicationUtilization = static () => 0.75;
        options.Metrics["queue"] = static () => 0.5;
    }

    private static async Task<Exchange> ServeAsync(ServerRig rig, string path)
    {
        var exchange = rig.Send(new(path));
        await exchange.Served;
        return exchange;
    }

    /// <summary>As the client reads it.</summary>
    private static LoadReport Read(Exchange exchange)
    {
        using var response = new HttpResponseMessage();
        foreach (var (name, value) in exchange.Context.Response.Headers)
        {
            response.Headers.TryAddWithoutValidation(name, value.ToArray());
        }

        var isGood = LoadReportHeaders.TryRead(response.Headers, new LoadReportWish(true, ["named_metrics.queue"], "x-requests-in-flight"), out var report);
        Assert.True(isGood);
        return report;
    }
}
