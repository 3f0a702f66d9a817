using System.Diagnostics;
using ClientLb.Http;

namespace ClientLb.Tests.Http;

public sealed class EndpointPropagatorTests
{
    [Theory]
    [InlineData("System.Net.Http.HttpRequestOut", true)]
    [InlineData("Microsoft.AspNetCore.Hosting.HttpRequestIn", false)]
    public void Tags_are_for_the_http_span_only(string operation, bool tagged)
    {
        using var activity = new Activity(operation).Start();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/");
        var propagator = new EndpointPropagator(null, "orders", "a");

        propagator.Inject(activity, request, static (carrier, name, value) => ((HttpRequestMessage)carrier!).Headers.TryAddWithoutValidation(name, value));

        Assert.Equal(tagged ? "orders" : null, activity.GetTagItem("clientlb.cluster"));
        Assert.Equal(activity.Id, request.Headers.NonValidated["traceparent"].ToString());
    }

    [Fact]
    public void Propagator_of_the_process_is_read_late()
    {
        var propagator = new EndpointPropagator(null, "orders", "a");

        Assert.Equal(DistributedContextPropagator.Current.Fields, propagator.Fields);
        Assert.Empty(new EndpointPropagator(new Silent(), "orders", "a").Fields);
    }

    private sealed class Silent : DistributedContextPropagator
    {
        public override IReadOnlyCollection<string> Fields => [];

        public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;

        public override void ExtractTraceIdAndState(
            object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) => traceId = traceState = null;

        public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
        {
        }
    }
}
