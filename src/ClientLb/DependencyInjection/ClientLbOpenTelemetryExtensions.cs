using ClientLb.Telemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Joins ClientLb's metrics and spans to OpenTelemetry.</summary>
public static class ClientLbOpenTelemetryExtensions
{
    /// <summary>Exports the meter "ClientLb".</summary>
    /// <param name="builder">The builder of the meter provider.</param>
    /// <returns>The builder.</returns>
    public static MeterProviderBuilder AddClientLbInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMeter(ClientLbTelemetry.MeterName);
    }

    /// <summary>Exports ClientLb's activity source. The tags on the spans of HTTP attempts need nothing more than HTTP instrumentation.</summary>
    /// <param name="builder">The builder of the tracer provider.</param>
    /// <returns>The builder.</returns>
    public static TracerProviderBuilder AddClientLbInstrumentation(this TracerProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddSource(ClientLbTelemetry.ActivitySourceName);
    }
}
