using System.Diagnostics.Metrics;
using System.Net;
using ClientLb.Balancing;
using ClientLb.Endpoints;
using ClientLb.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Tests.DependencyInjection;

/// <summary>Reports of load on their way from an answer to the policy.</summary>
public class LoadReportTests
{
    private readonly List<AttemptReport> _seen = [];

    [Fact]
    public async Task Policy_that_reads_reports_gets_them_from_the_headers_with_the_outcome()
    {
        await using var app = AppWith(reads: true, response => response.Headers.TryAddWithoutValidation("endpoint-load-metrics", "TEXT cpu_utilization=0.5, rps_fractional=9"));

        await app.Client("orders").GetStringAsync("/");

        Assert.Equal(new LoadReport { CpuUtilization = 0.5f, RequestsPerSecond = 9 }, Assert.Single(_seen).Load);
    }

    [Fact]
    public async Task Report_in_the_trailers_follows_when_the_body_has_been_read()
    {
        await using var app = AppWith(reads: true, response =>
            response.TrailingHeaders.TryAddWithoutValidation("endpoint-load-metrics-bin", "CQAAAAAAAOA/MQAAAAAAACJA"));

        await app.Client("orders").GetStringAsync("/");

        Assert.Equal([(OutcomeKind.Success, true), (OutcomeKind.Ignored, false)], _seen.Select(report => (report.Kind, report.Load.IsEmpty)));
        Assert.Equal(new LoadReport { CpuUtilization = 0.5f, RequestsPerSecond = 9 }, _seen[1].Load);
    }

    [Fact]
    public async Task Report_in_the_trailers_of_a_buffered_body_comes_with_the_outcome()
    {
        await using var app = AppWith(
            reads: true, response => response.TrailingHeaders.TryAddWithoutValidation("endpoint-load-metrics-bin", "CQAAAAAAAOA/MQAAAAAAACJA"),
            ("ClientLb:Clients:orders:BufferResponses:Enabled", "true"));

        await app.Client("orders").GetStringAsync("/");

        Assert.Equal(new LoadReport { CpuUtilization = 0.5f, RequestsPerSecond = 9 }, Assert.Single(_seen).Load);
    }

    [Fact]
    public async Task Policy_that_does_not_ask_gets_none()
    {
        await using var app = AppWith(reads: false, response => response.Headers.TryAddWithoutValidation("endpoint-load-metrics", "TEXT eps=1"));

        await app.Client("orders").GetStringAsync("/");

        Assert.True(Assert.Single(_seen).Load.IsEmpty);
    }

    [Fact]
    public async Task Number_in_flight_is_read_where_the_settings_name_its_header()
    {
        await using var app = AppWith(reads: false, response => response.Headers.TryAddWithoutValidation("x-load", "17"),
            ("ClientLb:Clusters:orders:LoadBalancing:InFlightHeader", "X-Load"));

        await app.Client("orders").GetStringAsync("/");

        Assert.Equal(17, Assert.Single(_seen).Load.InFlight);
    }

    [Fact]
    public async Task Report_of_a_failed_answer_counts_too()
    {
        await using var app = AppWith(reads: true, response =>
        {
            response.StatusCode = HttpStatusCode.InternalServerError;
            response.Headers.TryAddWithoutValidation("endpoint-load-metrics", "JSON {\"eps\":7}");
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/");

        using var response = await app.Client("orders").SendAsync(request);

        Assert.Equal((OutcomeKind.Failure, 7f), (_seen[0].Kind, _seen[0].Load.ErrorsPerSecond));
    }

    [Fact]
    public async Task Bad_report_is_counted_and_the_call_succeeds()
    {
        var refused = 0L;
        using var listener = new MeterListener { InstrumentPublished = static (instrument, l) => { if (instrument.Name == "clientlb.load_reports.refused") { l.EnableMeasurementEvents(instrument); } } };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            if (tags.ToArray().Any(tag => (string?)tag.Value == "bad-reports"))
            {
                Interlocked.Add(ref refused, value);
            }
        });
        listener.Start();
        await using var app = AppWith("bad-reports", reads: true, response => response.Headers.TryAddWithoutValidation("endpoint-load-metrics", "TEXT eps=many"));

        Assert.Equal("10.0.0.1:80", await app.Client("bad-reports").GetStringAsync("/"));

        Assert.Equal(1, Interlocked.Read(ref refused));
        Assert.True(Assert.Single(_seen).Load.IsEmpty);
    }

    private App AppWith(bool reads, Action<HttpResponseMessage> decorate, params (string, string?)[] settings) => AppWith("orders", reads, decorate, settings);

    private App AppWith(string cluster, bool reads, Action<HttpResponseMessage> decorate, params (string, string?)[] settings)
    {
        var app = new App(services =>
        {
            services.AddClientLb().AddPolicy(new ListeningPolicy(_seen, reads));
            services.AddLoadBalancedHttpClient(cluster);
        }, [($"ClientLb:Clusters:{cluster}:Endpoints", "10.0.0.1:80"), ($"ClientLb:Clusters:{cluster}:Policy", "listening"), .. settings]);
        app.Services.GetRequiredService<LoadBalancedClients>().HandlerFactory = endpoint => new StubHandler(app.Sent, endpoint, request =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = new StringContent(endpoint.Authority) };
            decorate(response);
            return response;
        });
        return app;
    }

    private sealed class ListeningPolicy(List<AttemptReport> seen, bool reads) : ILoadBalancingPolicy
    {
        public string Name => "listening";

        public Picker CreatePicker(in PickerInput input) => new ListeningPicker(new RoundRobinPolicy().CreatePicker(input), seen, reads);
    }

    private sealed class ListeningPicker(Picker inner, List<AttemptReport> seen, bool reads) : Picker
    {
        public override bool ObservesOutcomes => true;

        public override bool ReadsLoadReports => reads;

        public override Endpoint? Pick(in PickContext context) => inner.Pick(context);

        public override void OnOutcome(Endpoint endpoint, in AttemptReport report)
        {
            lock (seen)
            {
                seen.Add(report);
            }
        }
    }
}
