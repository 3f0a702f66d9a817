using System.Globalization;
using Microsoft.AspNetCore.Http;
using ClientLb.AspNetCore.Concurrency;

namespace ClientLb.AspNetCore.Reports;

/// <summary>Writes into answers how loaded this server is. What the application has written there itself stays.</summary>
internal sealed class LoadReporter
{
    private const string OrcaHeader = "endpoint-load-metrics";
    private const string OrcaTrailer = "endpoint-load-metrics-bin";

    private readonly string? _inFlightHeader;
    private readonly RequestGate _gate;
    private readonly LoadSampler? _sampler;
    private readonly Func<object, Task> _write;
    private readonly Func<object, Task> _writeGrpc;

    /// <param name="inFlightHeader">The header with the number of requests in flight; empty for none.</param>
    /// <param name="gate">Counts them.</param>
    /// <param name="sampler">Makes ORCA's figures; <see langword="null"/> for none.</param>
    public LoadReporter(string? inFlightHeader, RequestGate gate, LoadSampler? sampler)
    {
        _inFlightHeader = string.IsNullOrEmpty(inFlightHeader) ? null : inFlightHeader;
        _gate = gate;
        _sampler = sampler;
        _write = context =>
        {
            Write((HttpContext)context, isGrpc: false);
            return Task.CompletedTask;
        };
        _writeGrpc = context =>
        {
            Write((HttpContext)context, isGrpc: true);
            WriteGrpc((HttpContext)context);
            return Task.CompletedTask;
        };
    }

    /// <summary>Whether answers say anything.</summary>
    public bool IsOn => _inFlightHeader is not null || _sampler is not null;

    /// <summary>
    /// Has the headers written when the answer starts: then the number is as fresh as it can be. The trailer too, because an answer that the application
    /// has ended belongs to the server, which may be sending its trailers at this moment.
    /// </summary>
    public void Attach(HttpContext context, bool isGrpc)
    {
        if (IsOn)
        {
            context.Response.OnStarting(isGrpc ? _writeGrpc : _write, context);
        }
    }

    /// <summary>Writes the headers now, unless the answer has started or has them already.</summary>
    public void Write(HttpContext context, bool isGrpc)
    {
        if (!IsOn || context.Response.HasStarted)
        {
            return;
        }

        var headers = context.Response.Headers;
        if (_inFlightHeader is not null && !headers.ContainsKey(_inFlightHeader))
        {
            headers[_inFlightHeader] = _gate.InFlight.ToString(CultureInfo.InvariantCulture);
        }

        if (!isGrpc && _sampler?.Current is { } report && !headers.ContainsKey(OrcaHeader))
        {
            headers[OrcaHeader] = report.Header;
        }
    }

    /// <summary>
    /// Adds the report to the end of a gRPC answer that has not started. One that has nothing but a status is all headers, and so is its report.
    /// </summary>
    public void WriteGrpc(HttpContext context)
    {
        if (_sampler?.Current is not { } report)
        {
            return;
        }

        if (GrpcCall.HasStatus(context.Response.Headers))
        {
            context.Response.Headers.TryAdd(OrcaTrailer, report.Binary);
        }
        else if (GrpcCall.TrailersOf(context) is { IsReadOnly: false } trailers)
        {
            trailers.TryAdd(OrcaTrailer, report.Binary);
        }
    }

    /// <summary>Counts a request that has ended.</summary>
    public void Count(bool isError) => _sampler?.Count(isError);
}
